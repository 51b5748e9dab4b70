/** A story in which every kind of event happens, with all that each can carry. */
import { at, given } from './story.ts';

const machine = { actor: { name: 'rules', observer: false, via: 'probe' as const } };
export const EVERYTHING = given(
  ['ana', { kind: 'declare', title: 'DB', severity: 'SEV-1', alert: 'a1', runbook: 'db', drill: true }],
  ['ana', { kind: 'acknowledge', alert: 'a1' }, 1],
  ['ana', { kind: 'assign_role', role: 'ic', name: 'ana', why: 'first here' }, 2],
  ['ana', { kind: 'set_severity', to: 'SEV-0', why: 'all users' }, 3],
  ['ana', { kind: 'set_status', to: 'investigating', public: 'we are looking', why: 'begun' }, 4],
  [
    'ana',
    {
      kind: 'update_public',
      text: 'still looking',
      nextMs: 600_000,
      state: 'identified',
      component: 'Checkout',
      impact: 'cards fail',
    },
    4,
  ],
  ['ben', { kind: 'note', text: 'why?', form: 'question', to: 'ana', due: at(60), at: at(1) }, 5],
  ['ben', { kind: 'note', text: 'restart', form: 'decision', pin: true }, 6],
  ['ana', { kind: 'note', text: 'because', re: 7 }, 7],
  ['ben', { kind: 'note', text: 'fix it', form: 'action', to: 'ben', due: at(30) }, 8],
  ['ben', { kind: 'amend', ref: 8, text: 'restart it', at: at(5), why: 'typo' }, 9],
  ['ben', { kind: 'retract', ref: 8, why: 'wrong' }, 10],
  ['ana', { kind: 'assign_role', role: 'scribe', name: 'ben' }, 11],
  ['ana', { kind: 'offer_command', name: 'ben' }, 12],
  ['ben', { kind: 'decline_command' }, 13],
  ['ana', { kind: 'offer_command', name: 'ben' }, 14],
  ['ben', { kind: 'release_role', role: 'scribe' }, 15],
  [
    'rules',
    {
      kind: 'change_alert',
      alert: 'a1',
      rule: 'db_down',
      from: 'pending',
      to: 'firing',
      severity: 'SEV-1',
      summary: 'down',
      labels: { host: 'db1' },
      runbook: 'db',
    },
    16,
    machine,
  ],
  [
    'ana',
    {
      kind: 'propose_decision',
      text: 'roll back web',
      way: 'rollback',
      turnBackIf: 'errors stay',
      why: 'it began with it',
      objectionsMs: 60_000,
    },
    17,
  ],
  ['cyd', { kind: 'object', ref: 20, text: 'a migration ran' }, 17],
  ['ben', { kind: 'agree', ref: 20 }, 17],
  ['ana', { kind: 'settle_decision', ref: 20, stands: true, why: 'it can be undone' }, 17],
  ['ben', { kind: 'answer_question', n: 1, text: 'checkout' }, 17],
  [
    'ben',
    {
      kind: 'record_impact',
      impact: { users: 30, dataLoss: 'no', revenue: 'possible', workaround: 'none', minutes: 12 },
    },
    17,
  ],
  ['rules', { kind: 'mark_change', what: 'deploy 42', by: 'ci', link: 'https://ci.example/42' }, 17, machine],
  ['ana', { kind: 'link_incident', incident: '2026-11-23-cache', title: 'cache', merged: false }, 18],
  ['ana', { kind: 'call_roll' }, 18],
  ['ben', { kind: 'answer_roll' }, 18],
  ['ana', { kind: 'escalate', level: 'L2', why: 'stuck' }, 18],
  ['ana', { kind: 'snooze', forMs: 60_000, why: 'waiting' }, 18],
  ['hub', { kind: 'hold_escalation', level: 'L3', dueAt: at(10) }, 18, machine],
  ['hub', { kind: 'expire_acknowledgement', dueAt: at(19) }, 19, machine],
  ['ana', { kind: 'merge_incident', incident: '2026-11-23-cache', title: 'cache' }, 19],
);
const id = `id-${EVERYTHING.events.length + 1}`;
const later = { error: 'hook.example answered 500', retryAt: at(21) };
for (const command of [
  { kind: 'test_delivery', receiver: 'hook' },
  { kind: 'begin_delivery', id, attempt: 1 },
  { kind: 'record_failure', id, ...later },
  { kind: 'record_doubt', id, ...later },
  { kind: 'retry_delivery', id },
  { kind: 'record_delivered', id, refs: { channel: 'C1' }, note: 'sent at least once' },
] as const)
  EVERYTHING.tell('hub', command, 20, machine);
export const EVERY_KIND = EVERYTHING.events;
