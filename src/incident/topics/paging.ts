/** Paging: who is called and when nobody answers, snoozing, and acknowledgements that expire because nothing is written. */
import * as v from 'valibot';
import { shortenText } from '../bounds.ts';
import { command, drafting, ended, event, internal, type Context } from '../context.ts';
import { refuse, type Decision, type Refusal } from '../decision.ts';
import { isAcknowledged, isEnded, type Incident } from '../incident.ts';
import {
  isPaged,
  DEFAULT_ROUTE,
  levelShape,
  newRound,
  pagesOf,
  addPage,
  type EscalationLevel,
  type Paging,
} from '../paging.ts';
import { plus } from '../policy.ts';
import { instant, maybe, short, time, whole, why } from '../shapes.ts';
import { spanInWords } from '../time.ts';
import type { Instant } from '../vocabulary.ts';
import { because } from './folding.ts';

/** A level that was paged by hand is not paged again within this time: two people asked for the same. ms. */
const TWICE_MS = 60_000;
/** The longest snooze, ms. */
const MAX_SNOOZE_MS = 24 * 3_600_000;

/** What a page carries: `name` null: nobody is on call there. The hub's own record uses it, too. */
export const pageData = {
  level: levelShape,
  name: v.nullable(v.string()),
  route: v.string(),
  why: v.string(),
};
type PageData = v.InferOutput<v.ObjectSchema<typeof pageData, undefined>>;

/** `PAGED L2 bob (nobody acknowledged)` */
export const pageSentence = ({ level, name, route, why }: PageData): string =>
  name === null ? `PAGED ${level}: nobody is on call (${route})` : `PAGED ${level} ${name}${because(why)}`;

/** `L2 was due at 14:07Z while the hub was down: /escalate L2 pages it` */
export const heldSentence = ({ level, dueAt }: { level: EscalationLevel; dueAt: string }): string =>
  `${level} was due at ${dueAt.slice(11, 16)}Z while the hub was down and was not paged: /escalate ${level} if it still has to be`;

const events = {
  paged: event({
    /** `drill`: nobody is called outside. */
    shape: v.object({ ...pageData, drill: maybe(v.literal(true)) }),
    level: 'key',
    mark: () => 'warn',
    finds: ['paged', 'escalation'],
    fold: ({ paging }, { recorded, data: { level, name } }) => ({
      paging: addPage(paging ?? newRound(null, recorded, recorded), { level, name, at: recorded }),
    }),
    sentence: ({ data }) => `${data.drill ? 'DRILL: ' : ''}${pageSentence(data)}`,
  }),
  /** A level fell due while the hub was down: nobody is paged, people are asked. */
  escalation_held: event({
    shape: v.object({ level: levelShape, dueAt: time }),
    level: 'key',
    mark: () => 'warn',
    finds: ['escalation'],
    fold: ({ paging }, { data }) => (paging === undefined ? {} : { paging: { ...paging, held: data } }),
    sentence: ({ data }) => heldSentence(data),
  }),
  snoozed: event({
    shape: v.object({ until: time, why: v.string() }),
    level: 'key',
    mark: () => 'people',
    finds: ['snooze', 'escalation'],
    fold({ paging, deadlines }, { recorded, data: { until } }) {
      const { updateDueAt } = deadlines;
      const later = updateDueAt === null || updateDueAt > until ? updateDueAt : until;
      return {
        paging: { ...(paging ?? newRound(null, recorded, recorded)), notBefore: until },
        deadlines: { ...deadlines, updateDueAt: later },
      };
    },
    sentence: ({ data: { until, why } }) => `snoozed until ${until.slice(11, 16)}Z${because(why)}`,
  }),
  /** Nothing was written for too long: nobody is taken to be on it any more, and it is paged anew. */
  acknowledgement_expired: event({
    shape: v.object({ name: v.nullable(v.string()), silentSince: time, dueAt: time, ackDueAt: time }),
    level: 'key',
    mark: () => 'warn',
    finds: ['ack', 'escalation'],
    fold: ({ paging, deadlines }, { data: { dueAt, ackDueAt } }) => ({
      ackedBy: null,
      deadlines: { ...deadlines, ackDueAt },
      paging: { ...newRound(paging?.route ?? null, dueAt, ackDueAt), expired: true },
    }),
    sentence: ({ data: { name, silentSince, dueAt } }) =>
      `the acknowledgement${name === null ? '' : ` of ${name}`} expired: nothing was written for ${spanInWords(Date.parse(dueAt) - Date.parse(silentSince))}`,
  }),
};
const draft = drafting(events);

export const pagingTopic = {
  events,
  commands: {
    /** What a policy found due: the level of the incident's route. */
    page: internal({
      shape: v.object({ level: levelShape, why: short(200) }),
      decide(state, { level, why }, context) {
        if (isEnded(state)) return ended(state);
        if (isAcknowledged(state)) return refuse('not_now', 'somebody is on it');
        if (isPaged(state.paging, level)) return refuse('conflict', `${level} was paged already`);
        return paged(state, context, level, why);
      },
    }),
    hold_escalation: internal({
      shape: v.object({ level: levelShape, dueAt: instant }),
      decide(state, { level, dueAt }, context) {
        if (isEnded(state)) return ended(state);
        const { held } = state.paging ?? {};
        if ((held?.level === level && held.dueAt === dueAt) || (isPaged(state.paging, level) && !isAcknowledged(state)))
          return refuse('conflict', 'that is recorded already');
        return [draft(state, context, 'escalation_held', { level, dueAt })];
      },
    }),
    /** A person calls a level: anyone may, acknowledged or not. With an alert it is asked of the hub. */
    escalate: command({
      shape: v.object({ level: levelShape, why: maybe(why), alert: maybe(short(300)) }),
      pending: ({ level, alert }) => `escalate ${alert === undefined ? '' : `${alert} `}to ${level}`,
      decide(state, { level, why = '' }, context) {
        if (isEnded(state)) return ended(state);
        return refuseEscalation(state.paging, level, why, context.now) ?? paged(state, context, level, why.trim());
      },
    }),
    /** The next escalation and the next update are due `forMs` from now at the earliest. */
    snooze: command({
      shape: v.object({ forMs: whole(1), why }),
      pending: ({ why }) => `snooze: ${why}`,
      decide(state, { forMs, why }, context) {
        if (isEnded(state)) return ended(state);
        if (why.trim() === '') return refuse('invalid', 'a snooze says why');
        if (forMs > MAX_SNOOZE_MS) return refuse('invalid', 'a snooze lasts 24 hours at most');
        return [draft(state, context, 'snoozed', { until: plus(context.now, forMs), why: why.trim() })];
      },
    }),
    expire_acknowledgement: internal({
      shape: v.object({ dueAt: instant }),
      decide(state, { dueAt }, context) {
        if (isEnded(state)) return ended(state);
        const silentSince = state.lastWrittenAt ?? state.recorded ?? context.now;
        if (!isAcknowledged(state) || dueAt > context.now || silentSince > dueAt)
          return refuse('not_now', 'somebody is on it, or nobody was');
        const ackDueAt = plus(context.now, context.policy.severities[state.severity].ackMs);
        return [
          draft(state, context, 'acknowledgement_expired', { name: state.ackedBy, silentSince, dueAt, ackDueAt }),
        ];
      },
    }),
  },
};

/** Why a person may not have this level called; null: they may. */
export function refuseEscalation(
  paging: Paging | undefined,
  level: EscalationLevel,
  why: string,
  now: Instant,
): Refusal | null {
  if (level === 'L4' && why.trim() === '')
    return refuse('invalid', 'L4 is called for its business or public impact: say why');
  const last = paging?.pages.find((page) => page.level === level);
  const agoMs = last === undefined ? Infinity : Date.parse(now) - Date.parse(last.at);
  if (last === undefined || agoMs >= TWICE_MS) return null;
  return refuse('conflict', `${level}${last.name === null ? '' : ` ${last.name}`} was paged ${spanInWords(agoMs)} ago`);
}

function paged(state: Incident, context: Context, level: EscalationLevel, why: string): Decision {
  const { paging, drill } = state;
  const route = paging?.route ?? DEFAULT_ROUTE;
  return pagesOf(level, why, paging, context.onCall?.(route)).map((page) =>
    draft(state, context, 'paged', { ...page, route, why: shortenText(page.why), drill: drill || undefined }),
  );
}
