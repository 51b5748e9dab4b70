/** Severity, and the deadlines it starts. */
import * as v from 'valibot';
import { notYours, mayCommand, whoSet } from '../authority.ts';
import { command, drafting, ended, event, type Context } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded, type Incident } from '../incident.ts';
import { deadlinesFrom, plus } from '../policy.ts';
import { isWorse, SEVERITY_NAME } from '../severity.ts';
import { deadlines, instant, maybe, severityShape, why, type Deadlines } from '../shapes.ts';
import type { Instant } from '../vocabulary.ts';
import { impactShape } from '../advise.ts';
import { impactDrafts } from './impact.ts';
import { because, lastSet, updateClock } from './folding.ts';

const events = {
  severity_set: event({
    shape: v.object({ from: severityShape, to: severityShape, why: maybe(v.string()), deadlines }),
    level: 'key',
    mark: () => 'key',
    finds: ['severity'],
    fold: (state, { at, by, recorded, data: { to, deadlines } }) => ({
      severity: to,
      peakSeverity: isWorse(to, state.peakSeverity) ? to : state.peakSeverity,
      deadlines,
      updateSetAt: updateClock(state, deadlines.updateDueAt, at),
      ...repaged(state, to, deadlines.ackDueAt, at, recorded),
      lastSet: lastSet(state, 'severity', by.name, at),
    }),
    sentence({ data: { from, to, why } }) {
      const way = from === to ? 'severity stays' : isWorse(to, from) ? 'severity raised' : 'severity lowered';
      return `${way} ${from} -> ${to} ${SEVERITY_NAME[to]}${because(why)}`;
    },
  }),
};
const draft = drafting(events);

export const severityTopic = {
  events,
  commands: {
    set_severity: command({
      shape: v.object({
        to: severityShape,
        why: maybe(why),
        seen: maybe(severityShape),
        at: maybe(instant),
        /** What the severity was chosen for. */
        impact: maybe(impactShape),
      }),
      pending: ({ to }) => `severity ${to}`,
      decide(state, command, context) {
        const { to, seen, why, at = context.now } = command;
        if (isEnded(state)) return ended(state);
        const from = state.severity;
        if (to === from) return refuse('conflict', `it is ${from} already${whoSet(state, 'severity')}`);
        if (seen !== undefined && seen !== from)
          return refuse('conflict', `it is ${from} by now${whoSet(state, 'severity')}, not ${seen}`);
        if (!mayCommand(state, context.actor.name)) return notYours(state, 'sets the severity');
        const deadlines = nextDeadlines(state, context, to, at);
        return [
          draft(state, context, 'severity_set', { from, to, deadlines, why }, { at }),
          ...impactDrafts(state, context, command.impact, at),
        ];
      },
    }),
  },
};

/** Raised: the sooner of old and fresh deadlines. Lowered: those of the milder severity from detection. */
function nextDeadlines(state: Incident, { policy }: Context, to: Incident['severity'], at: Instant): Deadlines {
  const detected = state.timestamps.detectedAt ?? at;
  if (!isWorse(to, state.severity)) return deadlinesFrom(policy, to, detected, at);
  const fresh = deadlinesFrom(policy, to, at, at);
  const sooner = (a: Instant | null, b: Instant | null): Instant | null =>
    a === null ? b : b === null ? a : a < b ? a : b;
  return {
    ackDueAt: sooner(state.deadlines.ackDueAt, fresh.ackDueAt),
    responseDueAt: sooner(state.deadlines.responseDueAt, fresh.responseDueAt),
    updateDueAt: sooner(state.deadlines.updateDueAt, fresh.updateDueAt),
  };
}

/**
 * When L2 is paged after the severity changed: the new span from when the hub learned of it. Raised: from now, where that
 * is sooner than what ran; a snooze is over.
 */
function repaged(
  { paging, severity, deadlines, timestamps }: Incident,
  to: Incident['severity'],
  due: Instant | null,
  at: Instant,
  recorded: Instant,
): Pick<Incident, 'paging'> {
  if (paging === undefined || due === null) return {};
  const spanFrom = (start: Instant): number => Date.parse(due) - Date.parse(start);
  if (!isWorse(to, severity))
    return { paging: { ...paging, ackDueAt: plus(paging.since, spanFrom(timestamps.detectedAt ?? at)) } };
  const fresh = due === deadlines.ackDueAt ? paging.ackDueAt : plus(recorded, spanFrom(at));
  const ackDueAt = fresh < paging.ackDueAt ? fresh : paging.ackDueAt;
  return { paging: { ...paging, ackDueAt, notBefore: recorded } };
}
