/** Status of the work on the incident. */
import * as v from 'valibot';
import { mayCommand, notYours, whoSet } from '../authority.ts';
import { shortenText } from '../bounds.ts';
import { command, drafting, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { isEnded, isOn, isRunning, type Incident, type Timestamps } from '../incident.ts';
import { plus } from '../policy.ts';
import { isSerious } from '../severity.ts';
import { instant, TEXT_LIMITS, maybe, statusShape, textShape, timeOrNull, whole, why } from '../shapes.ts';
import { type Instant, type Status } from '../vocabulary.ts';
import { counted } from '../words.ts';
import { because, lastSet, updateClock } from './folding.ts';

const events = {
  status_set: event({
    shape: v.object({
      from: statusShape,
      to: statusShape,
      public: maybe(v.string()),
      why: maybe(v.string()),
      updateDueAt: timeOrNull,
      postmortemDueAt: timeOrNull,
      /** It was ended although this still fired or was open, and that was known. */
      known: maybe(v.object({ alerts: whole(0), open: whole(0) })),
    }),
    level: 'key',
    mark: () => 'key',
    finds: ['status'],
    fold(state, { at, by, recorded, data }) {
      const { to, updateDueAt, postmortemDueAt, public: told } = data;
      return {
        status: to,
        statusSince: at,
        deadlines: { ...state.deadlines, updateDueAt },
        updateSetAt: updateClock(state, updateDueAt, at),
        lastPublic:
          told === undefined
            ? state.lastPublic
            : { ...state.lastPublic, text: shortenText(told, TEXT_LIMITS.text), at, by: by.name },
        lastSet: lastSet(state, 'status', by.name, at),
        // Nothing fell due while it was taken to be over.
        ...(!isRunning(state) && state.paging !== undefined
          ? { paging: { ...state.paging, notBefore: recorded } }
          : {}),
        timestamps: { ...reached(state.timestamps, state.status, to, at), postmortemDueAt },
      };
    },
    sentence({ data: { from, to, why, public: told, known } }) {
      // Older records hold public updates as an unchanged status.
      if (from === to && told !== undefined) return `PUBLIC UPDATE: ${told}${because(why)}`;
      const left = known === undefined ? '' : `, with ${leftInWords(known)}`;
      const also = `${left}${told === undefined ? '' : ` PUBLIC: ${told}`}`;
      return from === to ? `status stays ${to}${because(why)}${also}` : `status ${from} -> ${to}${because(why)}${also}`;
    },
  }),
};
const draft = drafting(events);

export const statusTopic = {
  events,
  commands: {
    /** `public`: an update published with it, verbatim; alone it is `update_public`. */
    set_status: command({
      shape: v.object({
        to: statusShape,
        why: maybe(why),
        public: maybe(textShape),
        seen: maybe(statusShape),
        at: maybe(instant),
      }),
      pending: ({ to, public: told }) => `status ${to}${told === undefined ? '' : ` PUBLIC: ${told}`}`,
      decide(state, command, context) {
        const { to, seen, why, public: told, at = context.now } = command;
        const from = state.status;
        if (to === 'declared' || to === 'merged')
          return refuse('invalid', 'status is investigating, identified, monitoring, resolved, closed or cancelled');
        if (to === from) return refuse('conflict', `it is ${from} already${whoSet(state, 'status')}`);
        if (seen !== undefined && seen !== from)
          return refuse('conflict', `it is ${from} by now${whoSet(state, 'status')}, not ${seen}`);
        if (!mayCommand(state, context.actor.name)) return notYours(state, 'sets the status');
        if (isEnded(state) && to !== 'investigating')
          return refuse('not_now', `the incident is ${from}; reopen it with status investigating`);
        if (to === 'closed' && from !== 'resolved')
          return refuse('not_now', `only a resolved incident can be closed; this one is ${from}`);
        if (to === 'cancelled' && from === 'resolved')
          return refuse('not_now', 'it is resolved: close it; a false alarm is cancelled before');
        const { policy } = context;
        const over = !isRunning({ status: to });
        const cadence = policy.severities[state.severity].updateMs;
        const running = told === undefined ? state.deadlines.updateDueAt : null;
        const reopened = !isRunning(state);
        const updateDueAt =
          over || cadence === null ? null : running !== null && !reopened ? running : plus(at, cadence);
        const due = state.timestamps.postmortemDueAt;
        const postmortemDueAt =
          to === 'resolved' && isSerious(state.peakSeverity)
            ? plus(at, policy.postmortemMs)
            : to === 'closed'
              ? due
              : null;
        const left = leftOf(state);
        const known = (to === 'resolved' || to === 'closed') && left.alerts + left.open > 0 ? left : undefined;
        const data = { from, to, updateDueAt, postmortemDueAt, why, public: told, known };
        const visibility = told === undefined ? 'internal' : 'public';
        return [draft(state, context, 'status_set', data, { at, visibility })];
      },
    }),
  },
};

/** What still fires or is open: of note to whoever resolves or closes. */
export function leftOf({ alerts, open, more }: Incident): { readonly alerts: number; readonly open: number } {
  const firing = alerts.filter(({ state }) => isOn(state)).length;
  return { alerts: firing + (more?.alerts ?? 0), open: open.length + (more?.open ?? 0) };
}

/** `2 alerts firing and 1 item open` */
export function leftInWords({ alerts, open }: { readonly alerts: number; readonly open: number }): string {
  const firing = alerts === 0 ? [] : [`${counted(alerts, 'alert')} firing`];
  return [...firing, ...(open === 0 ? [] : [`${counted(open, 'item')} open`])].join(' and ');
}

/** Milestones set by a status. Reopening clears those that were premature. */
function reached(timestamps: Timestamps, from: Status, to: Status, at: Instant): Timestamps {
  const base: Timestamps =
    !isRunning({ status: from }) && to !== 'closed' && to !== 'resolved'
      ? { ...timestamps, mitigatedAt: null, resolvedAt: null, closedAt: null, postmortemPublishedAt: null }
      : timestamps;
  switch (to) {
    case 'declared':
    case 'merged':
      return base;
    case 'investigating':
      return { ...base, respondedAt: base.respondedAt ?? at };
    case 'identified':
      return { ...base, respondedAt: base.respondedAt ?? at, identifiedAt: base.identifiedAt ?? at };
    case 'monitoring':
      return { ...base, mitigatedAt: base.mitigatedAt ?? at };
    case 'resolved':
      return { ...base, mitigatedAt: base.mitigatedAt ?? at, resolvedAt: at, closedAt: null };
    case 'closed':
    case 'cancelled':
      return { ...base, closedAt: at };
  }
}
