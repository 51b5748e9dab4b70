/** A recorded incident: what five people wrote in 42 minutes, and what they corrected afterwards. */
import type { Command } from '../../src/incident/command.ts';
import type { Event } from '../../src/incident/event.ts';
import type { Incident } from '../../src/incident/incident.ts';
import { at, given, START, type Step } from '../incident/story.ts';

/** The moment the models are looked at: 42 minutes and 17 seconds after the declaration. */
export const NOW = START + (42 * 60 + 17) * 1000;
/** The monotonic clock of the console at the same moment, ms. */
export const MONO = 20_000;

const note = (who: string, minutes: number, text: string, more: Partial<Command & { kind: 'note' }> = {}): Step => [
  who,
  { kind: 'note', text, ...more },
  minutes,
];
const alert = (minutes: number, to: string, summary: string): Step => [
  'warroom',
  {
    kind: 'change_alert',
    alert: 'http_5xx/pay',
    rule: 'http_5xx',
    from: 'pending',
    to,
    severity: 'SEV-1',
    summary,
    at: at(minutes),
  },
  minutes,
  { actor: { name: 'warroom', observer: false, via: 'hub' } },
];

/** Checkout fails in one region: what five people wrote in 42 minutes. */
export const STORY: readonly Step[] = [
  ['alice', { kind: 'declare', title: 'checkout errors eu-west', severity: 'SEV-2' }, 0],
  ['carol', { kind: 'acknowledge' }, 1.87],
  ['carol', { kind: 'set_status', to: 'investigating' }, 2],
  ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }, 2.5],
  ['alice', { kind: 'assign_role', role: 'scribe', name: 'bob' }, 3],
  [
    'ci',
    { kind: 'mark_change', what: '4f2c1a payment-gw', by: 'ci', link: 'https://deploys.example/4f2c1a', at: at(32) },
    32.2,
    { actor: { name: 'ci', observer: false, via: 'webhook' } },
  ],
  alert(34.03, 'firing', '/pay 5xx 12.4% (limit 2%)'),
  ['alice', { kind: 'set_severity', to: 'SEV-1', why: 'impact: 30% of checkouts fail' }, 34.67],
  note('bob', 35.18, 'suspect deploy 4f2c1a at 03:32', { form: 'hypothesis' }),
  note('carol', 36, 'PG connections climbing, 88 of 100'),
  note('alice', 36.8, 'did anything change in payment-gw config?', { form: 'question', to: 'bob' }),
  note('bob', 37.3, 'yes, pool size 50 -> 20 in 4f2c1a', { re: 11 }),
  note('dan', 38.1, 'vendor status page is green', { at: at(26) }),
  note('carol', 40.2, 'roll back 4f2c1a, because pool 20 cannot serve 300 rps; reversible', { form: 'decision' }),
  note('bob', 40.9, 'rollback started, eta 3 min'),
  note('dan', 41.2, 'call the payment vendor', { form: 'action', to: 'dan', due: at(55) }),
];

/** What was changed afterwards: an amendment, a retraction, a pin. */
export const CORRECTIONS: readonly Step[] = [
  [
    'carol',
    { kind: 'amend', ref: 10, text: 'PG connections climbing, 88 of 97', why: 'three slots are reserved' },
    41.4,
  ],
  ['bob', { kind: 'retract', ref: 9, why: 'it was 4f2c1b' }, 41.6],
  ['carol', { kind: 'pin', ref: 14 }, 41.8],
];

export interface Told {
  readonly incident: Incident;
  readonly events: readonly Event[];
}

/** A story as it stands in the record. */
export function told(steps: readonly Step[]): Told {
  const { state, events } = given(...steps);
  return { incident: state, events };
}
