/** Formats of other systems, read from anything at all: refused, or bounded and harmless. */
import * as v from 'valibot';
import { expect, test } from 'vitest';
import {
  intakeAlertId,
  alertmanagerReports,
  alertmanagerShape,
  genericReports,
  genericShape,
  instantOf,
  pagerdutyReport,
  pagerdutyShape,
} from '../../src/hub/alert-formats.ts';
import {
  githubChange,
  githubShape,
  gitlabChange,
  gitlabShape,
  ownChange,
  ownShape,
} from '../../src/hub/change-formats.ts';
import { reportShape, type AlertReport } from '../../src/incident/reports.ts';
import fc from '../support/property.ts';

const context = { intake: 'x'.repeat(40), severities: new Map(), routeFor: () => 'ops' };

function readers<T>(shape: v.GenericSchema<unknown, T>, read: (given: T) => unknown): (raw: unknown) => unknown {
  return (raw) => {
    const { success, output } = v.safeParse(shape, raw);
    return success ? read(output) : null;
  };
}
const ALERTS = [
  readers(alertmanagerShape, (given) => alertmanagerReports(context, given)),
  readers(genericShape, (given) => genericReports(context, given)),
  readers(pagerdutyShape, (given) => [pagerdutyReport(context, given, given.dedup_key ?? 'made')]),
];
const CHANGES = [readers(ownShape, ownChange), readers(githubShape, githubChange), readers(gitlabShape, gitlabChange)];

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 3_000 }),
  fc.constantFrom('2026-13-45T99:99:99Z', '0001-01-01T00:00:00Z', 'https://x\u001b/', '9'.repeat(400)),
);
const anything = fc.oneof(
  text,
  fc.integer(),
  fc.constant(null),
  fc.dictionary(text, fc.oneof(text, fc.jsonValue())),
  fc.array(text),
);
const values = fc.option(fc.dictionary(text, anything));
const maybeText = fc.option(text);
/** Of the right form, with anything in it. */
const nearly = fc.record(
  {
    status: fc.constantFrom('firing', 'resolved', 'success'),
    alerts: fc.array(
      fc.record(
        {
          status: fc.constantFrom('firing', 'resolved'),
          labels: values,
          annotations: values,
          startsAt: maybeText,
          fingerprint: maybeText,
        },
        { requiredKeys: ['status'] },
      ),
    ),
    event_action: fc.constantFrom('trigger', 'acknowledge', 'resolve'),
    dedup_key: maybeText,
    payload: fc.record(
      { summary: text, source: maybeText, severity: maybeText, timestamp: maybeText, custom_details: anything },
      { requiredKeys: ['summary'] },
    ),
    id: fc.oneof(text, anything),
    name: maybeText,
    summary: maybeText,
    labels: values,
    runbook_url: maybeText,
    what: text,
    by: maybeText,
    at: maybeText,
    link: maybeText,
    deployment: fc.record({ id: fc.integer(), ref: maybeText, created_at: maybeText }),
    deployment_id: fc.integer(),
    project: fc.option(fc.record({ path_with_namespace: maybeText })),
  },
  { requiredKeys: [] },
);

test('alerts that are read fit the record, whatever they say', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(nearly, fc.array(nearly), fc.jsonValue()), (raw) => {
      for (const reader of ALERTS)
        for (const report of (reader(raw) ?? []) as readonly AlertReport[]) {
          read++;
          expect(v.safeParse(reportShape, report).issues).toBeUndefined();
          expect(JSON.stringify(report)).not.toMatch(/\\u00[01]|\u007f|[\u202a-\u202e\u2066-\u2069]/);
          expect(Object.keys(report.labels).length).toBeLessThanOrEqual(30);
          expect(report.name).not.toBe('');
        }
    }),
  );
  expect(read).toBeGreaterThan(50);
});

test('so do changes', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.oneof(nearly, fc.jsonValue()), (raw) => {
      for (const reader of CHANGES) {
        const change = reader(raw) as ReturnType<typeof ownChange> | null;
        if (change === null) continue;
        read++;
        expect(change.what.length).toBeLessThanOrEqual(500);
        expect(change.by?.length ?? 0).toBeLessThanOrEqual(40);
        expect(JSON.stringify([change.what, change.by, change.link])).not.toMatch(/\\u00[01]|\u007f/);
        expect(change.link ?? 'https://').toMatch(/^https?:\/\//i);
      }
    }),
  );
  expect(read).toBeGreaterThan(20);
});

test('times as others write them', () => {
  expect(instantOf('2015-07-17T08:42:58.315+0000')).toBe('2015-07-17T08:42:58.315Z');
  expect(instantOf('2026-11-26T20:53:31.274123456Z')).toBe('2026-11-26T20:53:31.274Z');
  expect(instantOf('2021-04-28 21:50:00 +0200')).toBe('2021-04-28T19:50:00.000Z');
  for (const none of ['0001-01-01T00:00:00Z', '1', 'soon', '2026-11-26', null, undefined, '99999-01-01T00:00:00Z'])
    expect(instantOf(none)).toBeNull();
});

test('different keys are different alerts, and each stays short', () => {
  expect(intakeAlertId('am', '9d31c210ac7104e7')).toBe('am/9d31c210ac7104e7');
  const keys = ['a b', 'a  b', 'a\u0000b', 'a'.repeat(1_000), 'a'.repeat(999), 'ä', '../x'];
  const ids = keys.map((key) => intakeAlertId('am', key));
  expect(new Set(ids).size).toBe(keys.length);
  for (const id of ids) expect(id).toMatch(/^am\/[\w.:@#=-]{1,100}$/);
});
