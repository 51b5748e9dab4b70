/** Reads alerts in the formats of other systems. What a format does not know is ignored; a bad time loses no alarm. */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import { DEFAULT_ROUTE } from '../incident/paging.ts';
import type { AlertReport } from '../incident/reports.ts';
import { runbookFile } from '../incident/runbook.ts';
import type { Severity } from '../incident/severity.ts';
import { keyOf } from '../rules/labels.ts';
import { severityOfLabel } from '../rules/label-severity.ts';
import { plain } from '../rules/template.ts';
import type { HubSettings } from './settings.ts';

/** How what `intake` sends is read. */
export const alertFormat = ({ oncall = null, intake: own }: HubSettings, intake: string): AlertFormatContext => ({
  intake,
  severities: own?.severities ?? new Map(),
  routeFor(severity, asked) {
    if (asked !== undefined && (oncall === null || Object.hasOwn(oncall.routes, asked))) return asked;
    // Nobody is called at night for what is only worth knowing.
    return severity === 'SEV-3' ? null : own === undefined ? DEFAULT_ROUTE : own.route;
  },
});

export interface AlertFormatContext {
  /** The name of the system. */
  readonly intake: string;
  /** An organisation's own words for severities. */
  readonly severities: ReadonlyMap<string, Severity>;
  /** Who is called; `asked`: the route that the alert names. Null: nobody. */
  readonly routeFor: (severity: Severity, asked: string | undefined) => string | null;
}

const text = v.string();
const maybeText = v.nullish(text);
const values = v.nullish(v.record(text, v.unknown()), {});
type Values = Readonly<Record<string, unknown>> | null | undefined;

export const alertmanagerShape = v.object({
  groupKey: maybeText,
  truncatedAlerts: v.nullish(v.number(), 0),
  alerts: v.array(
    v.object({
      status: v.picklist(['firing', 'resolved']),
      labels: values,
      annotations: values,
      startsAt: maybeText,
      fingerprint: maybeText,
    }),
  ),
});

export function alertmanagerReports(
  context: AlertFormatContext,
  { alerts }: v.InferOutput<typeof alertmanagerShape>,
): readonly AlertReport[] {
  return alerts.map(({ status, labels, annotations, startsAt, fingerprint }) => {
    const own = labelsOf(labels);
    const said = labelsOf(annotations, 2_000);
    return report(context, {
      key: alertmanagerKey(own, fingerprint),
      name: own['alertname'],
      severity: own['severity'],
      summary: said['summary'] ?? said['description'] ?? said['message'],
      labels: own,
      runbook: said['runbook_url'] ?? said['runbook'],
      isFiring: status === 'firing',
      startsAt,
    });
  });
}

/** The fingerprint is made of the labels: the name belongs to it for ever, and says more to people. */
function alertmanagerKey(labels: Readonly<Record<string, string>>, fingerprint: string | null | undefined): string {
  const name = (labels['alertname'] ?? '').replaceAll(/[^\w.-]+/g, '_').slice(0, 60);
  return `${name}:${fingerprint || hash('sha256', keyOf(labels)).slice(0, 16)}`;
}

const key = v.pipe(text, v.trim(), v.nonEmpty('is empty'), v.maxLength(1_000));

export const pagerdutyShape = v.pipe(
  v.object({
    routing_key: maybeText,
    event_action: v.picklist(['trigger', 'acknowledge', 'resolve']),
    dedup_key: v.nullish(key),
    payload: v.nullish(
      v.object({
        summary: text,
        source: maybeText,
        severity: maybeText,
        timestamp: maybeText,
        component: maybeText,
        group: maybeText,
        class: maybeText,
        custom_details: v.fallback(values, {}),
      }),
    ),
  }),
  v.check(({ event_action, payload }) => event_action !== 'trigger' || Boolean(payload), 'a trigger has a payload'),
  v.check(({ event_action, dedup_key }) => event_action === 'trigger' || Boolean(dedup_key), 'dedup_key is missing'),
);
type PagerdutyEvent = v.InferOutput<typeof pagerdutyShape>;

/** `dedup`: the key of the event, or one made for it. */
export function pagerdutyReport(
  context: AlertFormatContext,
  { event_action, payload }: PagerdutyEvent,
  dedup: string,
): AlertReport {
  const { summary, source, severity, timestamp, component, group, class: kind, custom_details } = payload ?? {};
  // The other details change while it fires: measurements, no labels.
  const { route, runbook_url } = labelsOf(custom_details);
  const labels = labelsOf({ source, component, group, class: kind, route });
  return report(context, {
    key: dedup,
    name: kind ?? component ?? source,
    severity,
    summary,
    labels,
    runbook: runbook_url,
    isFiring: event_action === 'trigger',
    // Of an acknowledgement or resolution the time says nothing about the beginning.
    startsAt: event_action === 'trigger' ? timestamp : undefined,
  });
}

const generic = v.object({
  id: key,
  status: v.optional(v.picklist(['firing', 'resolved']), 'firing'),
  name: maybeText,
  summary: maybeText,
  severity: maybeText,
  labels: values,
  runbook_url: maybeText,
  startsAt: maybeText,
});
/** One alert, or a list of them. */
export const genericShape = v.lazy((input) => (Array.isArray(input) ? v.array(generic) : listOfOne)) as v.GenericSchema<
  unknown,
  v.InferOutput<typeof generic>[]
>;
const listOfOne = v.pipe(
  generic,
  v.transform((one) => [one]),
);

export const genericReports = (
  context: AlertFormatContext,
  alerts: v.InferOutput<typeof genericShape>,
): readonly AlertReport[] =>
  alerts.map(({ id, status, name, summary, severity, labels, runbook_url, startsAt }) => {
    const own = labelsOf(labels);
    return report(context, {
      key: id,
      name: name ?? own['alertname'] ?? id,
      severity: severity ?? own['severity'],
      summary,
      labels: own,
      runbook: runbook_url,
      isFiring: status === 'firing',
      startsAt,
    });
  });

interface Given {
  /** Tells it from the other alerts of the system. */
  readonly key: string;
  readonly name: string | null | undefined;
  readonly severity: string | null | undefined;
  readonly summary: string | null | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly runbook: string | null | undefined;
  readonly isFiring: boolean;
  readonly startsAt: string | null | undefined;
}

function report(context: AlertFormatContext, given: Given): AlertReport {
  const { labels, isFiring } = given;
  const name = boundedLine(given.name, 100) || 'alert';
  const severity = severityOfLabel(given.severity ?? '', context.severities);
  const route = context.routeFor(severity, labels['route']);
  const runbook = runbookOf(given.runbook);
  const startsAt = instantOf(given.startsAt);
  return {
    alert: intakeAlertId(context.intake, given.key),
    name,
    severity,
    summary: boundedLine(given.summary, 300) || name,
    labels,
    ...(runbook === null ? {} : { runbook }),
    ...(route === null ? {} : { route }),
    isFiring,
    ...(startsAt === null ? {} : { startsAt }),
  };
}

/** The id of an alert of `intake`. A key of other characters is told by its hash. */
export const intakeAlertId = (intake: string, key: string): string =>
  `${intake}/${/^[\w.:@#=-]{1,100}$/.test(key) ? key : hash('sha256', key).slice(0, 32)}`;

/** Safe to draw, and bounded before anything is done with it. */
export const boundedLine = (said: string | null | undefined, most: number): string =>
  plain(
    (said ?? '')
      .slice(0, most * 8)
      .replaceAll(/\s+/g, ' ')
      .trim(),
    most,
  );

const MAX_LABELS = 30;

function labelsOf(given: Values, longest = 120): Record<string, string> {
  const texts = Object.entries(given ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[boundedLine(name, 60), boundedLine(String(value), longest)] as const]
      : [],
  );
  return Object.fromEntries(texts.filter(([name, value]) => name !== '' && value !== '').slice(0, MAX_LABELS));
}

/** Of an incident's runbook, characters. */
const MAX_RUNBOOK = 200;

/** A page on the web, or the name of one of our runbooks. */
function runbookOf(given: string | null | undefined): string | null {
  const found = (given ?? '').trim();
  if (found.length > MAX_RUNBOOK) return null;
  const isPage = /^https?:\/\/[!-~]+$/i.test(found) && URL.canParse(found);
  return isPage || runbookFile(found) !== null ? found : null;
}

const [EARLIEST, LATEST] = [Date.UTC(2000, 0), Date.UTC(2100, 0)];

/** Any usual way to write a time, such as `2015-07-17T08:42:58.315+0000`; null: none. */
export function instantOf(given: string | null | undefined): string | null {
  const ms = /^\d{4}-\d\d-\d\d[T ]/.test(given ?? '') ? Date.parse((given ?? '').slice(0, 60)) : NaN;
  return ms > EARLIEST && ms < LATEST ? new Date(ms).toISOString() : null;
}
