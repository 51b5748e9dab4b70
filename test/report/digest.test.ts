/** Digests as Markdown, from facts alone. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ShiftFacts, WeekFacts } from '../../src/incident/digest.ts';
import { figuresOf } from '../../src/incident/figures.ts';
import { digestMarkdown } from '../../src/report/digest.ts';
import { REHEARSED, REHEARSED_OPTIONS, measured } from '../incident/rehearsed.ts';

const SHIFT: ShiftFacts = {
  what: 'handoff',
  madeAt: '2026-11-30T07:50:00.000Z',
  dueAt: null,
  handOff: {
    rotation: 'primary',
    at: '2026-11-30T08:00:00.000Z',
    from: { name: 'ana', since: '2026-11-23T08:00:00.000Z' },
    to: { name: 'bob', until: '2026-12-07T08:00:00.000Z' },
  },
  notes: [{ by: 'ana', at: '2026-11-30T07:41:00.000Z', text: 'the replica lags on Sundays, while it is backed up' }],
  open: [
    {
      id: '2026-11-30-search-is-slow',
      title: 'search is slow',
      severity: 'SEV-2',
      status: 'investigating',
      drill: false,
      declaredAt: '2026-11-30T06:20:00.000Z',
      durationMs: null,
    },
  ],
  alerts: [],
  escalations: [
    {
      at: '2026-11-25T02:11:00.000Z',
      level: 'L2',
      name: 'cyd',
      about: 'checkout is down',
      by: null,
      why: 'nobody acknowledged',
      acknowledged: { by: 'cyd', at: '2026-11-25T02:13:00.000Z' },
    },
    {
      at: '2026-11-28T19:02:00.000Z',
      level: 'L2',
      name: 'cyd',
      about: 'Replication lag',
      by: 'ana',
      why: 'I have never failed over this cluster',
      acknowledged: null,
    },
  ],
  fired: [
    { alert: 'Replication lag', times: 4 },
    { alert: 'Redis Memory >90%', times: 1 },
  ],
  silences: [],
  overrides: [],
  actions: [
    {
      incident: '2026-11-25-checkout-is-down',
      title: 'checkout is down',
      seq: 41,
      text: 'raise the pool of connections',
      owner: 'ana',
      due: '2026-11-27T00:00:00.000Z',
      ticket: 'OPS-7',
      done: false,
      overdue: true,
    },
  ],
  postmortems: [],
  missing: [],
};
const page = (name: string): string => readFileSync(path.join(import.meta.dirname, '../../docs', name), 'utf8');

test('the report in the docs is the one that is made', () => {
  const shown = /^```md\n(# On-call hand-off[\s\S]*?)^```/m.exec(page('escalation.md'))?.[1];
  expect(digestMarkdown(SHIFT, 'utc')).toBe(shown);
});

test('late, unknown, without an end: each is said', () => {
  const none = { notes: [], open: [], escalations: [], fired: [], actions: [] };
  const facts: ShiftFacts = {
    ...SHIFT,
    ...none,
    madeAt: '2026-11-30T12:12:00.000Z',
    dueAt: '2026-11-30T08:00:00.000Z',
    handOff: { ...SHIFT.handOff, to: { name: 'bob', until: null } },
    escalations: [{ ...SHIFT.escalations[0]!, name: null, why: '', acknowledged: null }],
    missing: ['2 records of incidents cannot be read: warroom verify'],
  };
  const text = digestMarkdown(facts, 'utc');
  expect(text).toContain('**Late by 4 h 12 min**: it was due 2026-11-30 08:00 UTC');
  expect(text).toContain('(4 h 12 min ago): ana since 2026-11-23 08:00 UTC, then bob for good.');
  expect(text).toContain(
    'L2 nobody is on call there, for checkout is down; by the rules: no reason was written; no acknowledgement',
  );
  expect(text).toContain('No incident is open, and no alert fires.');
  expect(text).toContain("`warroom digest --handoff 'primary' --note TEXT`");
  expect(text).toMatch(/## Not known\n\n- 2 records of incidents cannot be read: warroom verify\n$/);
});

test('figures beside those of the week before, in which what is not known is not zero', () => {
  const figures = figuresOf(REHEARSED.map(measured), REHEARSED_OPTIONS);
  const facts: WeekFacts = {
    what: 'digest',
    madeAt: '2026-11-30T08:00:00.000Z',
    dueAt: '2026-11-30T08:00:00.000Z',
    from: '2026-11-23T08:00:00.000Z',
    until: '2026-11-30T08:00:00.000Z',
    incidents: [
      { ...SHIFT.open[0]!, title: '# a | b\n<script>', status: 'resolved', durationMs: 90 * 60_000 },
      { ...SHIFT.open[0]!, status: 'closed' },
      { ...SHIFT.open[0]!, status: 'cancelled', drill: true },
    ],
    figures,
    before: figuresOf([], REHEARSED_OPTIONS),
    actions: [{ ...SHIFT.actions[0]!, owner: null, due: null, ticket: null, overdue: false }],
    postmortems: [
      { incident: 'a', title: 'A', severity: 'SEV-0', dueAt: '2026-11-29T00:00:00.000Z', publishedAt: null, head: 9 },
      {
        incident: 'b',
        title: 'B',
        severity: 'SEV-1',
        dueAt: '2026-11-24T00:00:00.000Z',
        publishedAt: '2026-11-25T00:00:00.000Z',
        head: 9,
      },
    ],
    onCall: [
      { rotation: 'primary', shifts: [{ name: null, from: '2026-11-23T08:00:00.000Z', until: null }], next: null },
    ],
    missing: [],
  };
  const text = digestMarkdown(facts, 'utc');
  expect(text).toContain('| # a \\| b &lt;script> | SEV-2 | resolved | 1 h 30 min | 2026-11-30-search-is-slow |\n');
  expect(text).toContain('| search is slow | SEV-2 | closed | not recorded |');
  expect(text).toContain('| search is slow | SEV-2 (drill) | cancelled | - |');
  expect(/\| MTTA .*\n/.exec(text)?.[0]).toBe(
    '| MTTA | 05:46, NOT met (of 6, 1 pending) | not known | at most 05:00 |\n',
  );
  expect(text).toContain(
    '| Incidents | 9, NOT met (1 drill not counted, 1 cancelled not counted, 1 merged not counted) | 0, met | at most 2 |',
  );
  expect(text).toContain(
    '- SEV-0 A: due 2026-11-29 00:00 UTC, OVERDUE (a)\n- SEV-1 B: published 2026-11-25 00:00 UTC, due 2026-11-24 00:00 UTC, late (b)',
  );
  expect(text).toContain(
    '- raise the pool of connections: nobody has it, no date (#41 of 2026-11-25-checkout-is-down)',
  );
  expect(text).toContain('- primary: nobody from 2026-11-23 08:00 UTC; no hand-off is in sight');
  expect(text).not.toContain('Late');
});
