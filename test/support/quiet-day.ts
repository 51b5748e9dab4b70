/** A hub on a quiet day: incidents that are over, who is on call, and the figures. */
import type { FollowUp } from '../../src/incident/follow-up.ts';
import type { OncallTable } from '../../src/oncall/plan.ts';
import { figuresOf } from '../../src/incident/figures.ts';
import type { IncidentSummary } from '../../src/protocol/summary.ts';
import { measured, REHEARSED, REHEARSED_OPTIONS } from '../incident/rehearsed.ts';

export const FIGURES = figuresOf(REHEARSED.map(measured), REHEARSED_OPTIONS);

/** `day`: in November 2026. `minutes`: until it was resolved; absent: never. */
const ended = (title: string, day: string, minutes?: number, more: Partial<IncidentSummary> = {}): IncidentSummary => {
  const declaredAt = `2026-11-${day}:00.000Z`;
  const resolved =
    minutes === undefined ? undefined : new Date(Date.parse(declaredAt) + minutes * 60_000).toISOString();
  return {
    id: `2026-11-${day.slice(0, 2)}-${title.replaceAll(' ', '-')}`,
    title,
    severity: 'SEV-2',
    status: 'closed',
    drill: false,
    declaredAt,
    lead: 'ana',
    head: 40,
    ...(resolved !== undefined && { resolvedAt: resolved }),
    ...more,
  };
};
export const PAST: readonly IncidentSummary[] = [
  ended('checkout errors', '22T14:02', 38, { severity: 'SEV-1' }),
  ended('slow presence', '21T03:11', 125),
  ended('avatars are missing', '20T10:40', undefined, { severity: 'SEV-3', status: 'cancelled' }),
  ended('lose a database', '18T09:00', 31, { drill: true }),
  ended('db failover', '03T22:15', 95, { severity: 'SEV-0' }),
];

const person = (name: string) => ({ name, aliases: [], phone: null, email: null, slack: null, zone: null });
const turns = (...all: readonly (readonly [name: string, from: string, until: string])[]) =>
  all.map(([name, from, until]) => ({ name, from: `2026-${from}:00.000Z`, until: `2026-${until}:00.000Z` }));
export const DUTY: OncallTable = {
  plan: { people: ['ana', 'bob', 'cyd', 'dan'].map(person), rotations: [], overrides: [], routes: {} },
  rotations: [
    {
      rotation: 'primary',
      shifts: turns(
        ['ana', '11-16T09:00', '11-23T09:00'],
        ['bob', '11-23T09:00', '11-30T09:00'],
        ['ana', '11-30T09:00', '12-07T09:00'],
      ),
    },
    {
      rotation: 'secondary',
      shifts: turns(['cyd', '11-20T09:00', '12-04T09:00'], ['dan', '12-04T09:00', '12-18T09:00']),
    },
    { rotation: 'lead', shifts: [{ name: 'dan', from: '2026-11-01T00:00:00.000Z', until: null }] },
  ],
};

const action = (incident: IncidentSummary, seq: number, text: string, owner: string | null, due: string | null) => ({
  incident: incident.id,
  title: incident.title,
  seq,
  text,
  owner,
  due,
  ticket: null,
  done: false,
  overdue: false,
});
const [CHECKOUT, PRESENCE, , , FAILOVER] = PAST;
export const FOLLOW_UP: FollowUp = {
  actions: [
    action(PRESENCE!, 12, 'give keys of presence an expiry', 'bob', '2026-11-20T09:00:00.000Z'),
    {
      ...action(CHECKOUT!, 33, '@cyd alarm at 80 % of the pool due 2026-12-01', 'cyd', '2026-12-01T23:59:59.000Z'),
      ticket: 'OPS-12',
    },
    action(FAILOVER!, 8, 'rehearse the failover', null, null),
  ],
  postmortems: [
    {
      incident: FAILOVER!.id,
      title: FAILOVER!.title,
      severity: 'SEV-0',
      dueAt: '2026-11-05T23:50:00.000Z',
      publishedAt: null,
      head: 40,
    },
    {
      incident: CHECKOUT!.id,
      title: CHECKOUT!.title,
      severity: 'SEV-1',
      dueAt: '2026-11-24T14:40:00.000Z',
      publishedAt: null,
      head: 40,
    },
    {
      incident: '2026-10-01-mail',
      title: 'mail is late',
      severity: 'SEV-1',
      dueAt: '2026-10-03T10:00:00.000Z',
      publishedAt: '2026-10-02T10:00:00.000Z',
      head: 12,
    },
  ],
};
