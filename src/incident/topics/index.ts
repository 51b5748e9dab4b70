/** The topics of the incident; everything else is derived from this list. */
import { aggregate, byMachine } from '../context.ts';
import { refuse, type Refusal } from '../decision.ts';
import { isActorName, nameRule } from '../person-name.ts';
import { CLOCK_TOLERANCE_MS } from '../time.ts';
import { UNCHANGED } from '../topic.ts';
import type { Instant } from '../vocabulary.ts';
import { acknowledgementTopic } from './acknowledgement.ts';
import { alertsTopic } from './alerts.ts';
import { changesTopic } from './changes.ts';
import { deadlinesTopic } from './deadlines.ts';
import { decisionsTopic } from './decisions.ts';
import { declarationTopic } from './declaration.ts';
import { deliveriesTopic } from './deliveries.ts';
import { drillTopic } from './drill.ts';
import { impactTopic } from './impact.ts';
import { importsTopic } from './imports.ts';
import { notesTopic } from './notes.ts';
import { pagingTopic } from './paging.ts';
import { postmortemTopic } from './postmortem.ts';
import { publicUpdatesTopic } from './public-updates.ts';
import { relationsTopic } from './relations.ts';
import { rolesTopic } from './roles.ts';
import { rollCallTopic } from './rollcall.ts';
import { runbookTopic } from './runbook.ts';
import { severityTopic } from './severity.ts';
import { statusTopic } from './status.ts';
import { triageTopic } from './triage.ts';

const TOPICS = [
  declarationTopic,
  acknowledgementTopic,
  notesTopic,
  importsTopic,
  severityTopic,
  statusTopic,
  publicUpdatesTopic,
  triageTopic,
  impactTopic,
  decisionsTopic,
  rolesTopic,
  alertsTopic,
  changesTopic,
  deadlinesTopic,
  relationsTopic,
  rollCallTopic,
  pagingTopic,
  deliveriesTopic,
  runbookTopic,
  postmortemTopic,
  drillTopic,
] as const;
export type IncidentTopic = (typeof TOPICS)[number];

export const INCIDENT = aggregate<IncidentTopic>(
  TOPICS,
  (state, command, { actor, now }) => {
    if (actor.observer) return refuse('forbidden', 'observers read; ask the IC for an invitation that may write');
    if (!byMachine({ actor }) && !isActorName(actor.name)) return refuse('invalid', nameRule('your name'));
    if (command.kind !== 'declare' && state.head === 0) return refuse('not_found', 'there is no such incident');
    return 'at' in command && command.at !== undefined ? badTime(command.at, now) : null;
  },
  ({ by, recorded }) => (by.role === 'system' ? UNCHANGED : { lastWrittenAt: recorded }),
);
export const { advance, decide, evolve } = INCIDENT;

function badTime(at: Instant, now: Instant): Refusal | null {
  const time = Date.parse(at);
  if (!Number.isFinite(time)) return refuse('invalid', `"${at.slice(0, 40)}" is no time; use ISO 8601 in UTC`);
  if (time > Date.parse(now) + CLOCK_TOLERANCE_MS)
    return refuse('invalid', `${at} is in the future; the hub has ${now}`);
  return null;
}
