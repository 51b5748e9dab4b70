/** Paging for alerts that belong to no incident: who was called, and that it ended; a topic of the hub's own record. */
import * as v from 'valibot';
import { refuse, type Decision } from './decision.ts';
import { drafting, event, internal, type HubStateContext, type HubState } from './hub-state.ts';
import { answered, isPaged, levelShape, newRound, addPage, pagesOf, type Paging } from './paging.ts';
import { plus } from './policy.ts';
import { instant, maybe, short, time, whole, why } from './shapes.ts';
import { heldSentence, pageData, pageSentence, refuseEscalation } from './topics/paging.ts';
import { ownValue } from './topic.ts';
import type { Instant } from './vocabulary.ts';

/** Alerts whose paging is kept in the state; beyond that the oldest go. */
const KEPT = 2_000;

const alertName = short(300);

/** Why a round of paging is over: the alert is, or others take care of it. */
const END = {
  over: 'the alert is over',
  silenced: 'silenced',
  inhibited: 'its cause fires',
  incident: 'in an incident',
};
const end = v.picklist(Object.keys(END) as (keyof typeof END)[]);
export type EpisodeEnd = v.InferOutput<typeof end>;

const events = {
  /** `since`: the alert fires since then. `ackDueAt`: L2 is due then. `summary`: what the alert says. */
  paged: event({
    shape: v.object({ ...pageData, alert: v.string(), since: time, ackDueAt: time, summary: maybe(v.string()) }),
    level: 'key',
    fold: ({ paging }, { recorded, data: { alert, since, ackDueAt, route, level, name } }) =>
      kept(
        paging,
        alert,
        addPage(ownValue(paging, alert) ?? newRound(route, since, ackDueAt), { level, name, at: recorded }),
      ),
    sentence: ({ data }) =>
      `${pageSentence(data)} for ${data.alert}${data.summary === undefined ? '' : `: ${data.summary}`}`,
  }),
  escalation_held: event({
    shape: v.object({ alert: v.string(), level: levelShape, dueAt: time }),
    level: 'key',
    fold: ({ paging }, { data: { alert, ...held } }) => {
      const round = ownValue(paging, alert);
      return round === undefined ? {} : kept(paging, alert, { ...round, held });
    },
    sentence: ({ data }) => `${data.alert}: ${heldSentence(data)}`,
  }),
  /** Whoever acknowledged did so too long ago: it is paged anew. */
  acknowledgement_expired: event({
    shape: v.object({ alert: v.string(), name: v.string(), dueAt: time, ackDueAt: time }),
    level: 'key',
    fold({ paging, acknowledgements }, { data: { alert, dueAt, ackDueAt } }) {
      const round = ownValue(paging, alert);
      const anew = round && { ...newRound(round.route, dueAt, ackDueAt), expired: true as const };
      return {
        acknowledgements: without(acknowledgements, alert),
        ...(anew === undefined ? {} : kept(paging, alert, anew)),
      };
    },
    sentence: ({ data }) => `the acknowledgement of ${data.alert} by ${data.name} expired`,
  }),
  /** The alert is over, or handled elsewhere; when it fires again, that is another episode. */
  episode_ended: event({
    shape: v.object({ alert: v.string(), why: end }),
    level: 'system',
    fold: ({ paging, acknowledgements }, { data: { alert, why } }) => ({
      paging: without(paging, alert),
      acknowledgements: why === 'over' ? without(acknowledgements, alert) : acknowledgements,
    }),
    sentence: ({ data }) => `nobody is called for ${data.alert} any more: ${END[data.why]}`,
  }),
};
const draft = drafting(events);

/** The alert somebody is called for, and what it says. `ackMs`: L2 follows so long after L1. */
const called = {
  alert: alertName,
  since: instant,
  route: short(100),
  ackMs: whole(1),
  level: levelShape,
  summary: maybe(short(300)),
};
const calledShape = v.object(called);
type Called = v.InferOutput<typeof calledShape>;

export const alertPagingTopic = {
  events,
  commands: {
    page_alert: internal({
      shape: v.object({ ...called, why: short(200) }),
      decide(state, { why, ...asked }, context) {
        if (isAlertAcknowledged(state, asked.alert, context.now)) return refuse('not_now', 'somebody is on it');
        if (isPaged(ownValue(state.paging, asked.alert), asked.level))
          return refuse('conflict', `${asked.level} was paged already`);
        return paged(state, context, asked, why);
      },
    }),
    /** A person calls a level. */
    escalate_alert: internal({
      shape: v.object({ ...called, why: maybe(why) }),
      decide(state, { why = '', ...asked }, context) {
        const refusal = refuseEscalation(ownValue(state.paging, asked.alert), asked.level, why, context.now);
        return refusal ?? paged(state, context, asked, why.trim());
      },
    }),
    hold_alert: internal({
      shape: v.object({ alert: alertName, level: levelShape, dueAt: instant }),
      decide(state, { alert, level, dueAt }, context) {
        if (ownValue(state.paging, alert)?.held?.dueAt === dueAt || isPaged(ownValue(state.paging, alert), level))
          return refuse('conflict', 'that is recorded already');
        return [draft(state, context, 'escalation_held', { alert, level, dueAt })];
      },
    }),
    expire_alert_acknowledgement: internal({
      shape: v.object({ alert: alertName, dueAt: instant, ackMs: whole(1) }),
      decide(state, { alert, dueAt, ackMs }, context) {
        const ack = ownValue(state.acknowledgements, alert);
        if (ack === undefined || ack.until > context.now) return refuse('not_now', 'somebody is on it, or nobody was');
        const ackDueAt = plus(context.now, ackMs);
        return [draft(state, context, 'acknowledgement_expired', { alert, name: ack.by, dueAt, ackDueAt })];
      },
    }),
    end_episode: internal({
      shape: v.object({ alert: alertName, why: end }),
      decide(state, { alert, why }, context) {
        const { paging, acknowledgements } = state;
        // Only the end of the alert ends its acknowledgement, too.
        if (
          ownValue(paging, alert) === undefined &&
          (why !== 'over' || ownValue(acknowledgements, alert) === undefined)
        )
          return refuse('conflict', 'it has ended already');
        return [draft(state, context, 'episode_ended', { alert, why })];
      },
    }),
  },
};

/** The paging of `alert` once somebody acknowledged it. */
export const acknowledgedPaging = (paging: HubState['paging'], alert: string): HubState['paging'] => {
  const round = ownValue(paging, alert);
  return round === undefined ? paging : { ...paging, [alert]: answered(round) };
};

export function isAlertAcknowledged({ acknowledgements }: HubState, alert: string, now: Instant): boolean {
  const ack = ownValue(acknowledgements, alert);
  return ack !== undefined && ack.until > now;
}

function paged(
  state: HubState,
  context: HubStateContext,
  { alert, since, ackMs, level, summary, ...asked }: Called,
  why: string,
): Decision {
  const round = ownValue(state.paging, alert);
  const route = round?.route ?? asked.route;
  const begun = { alert, since: round?.since ?? since, ackDueAt: round?.ackDueAt ?? plus(context.now, ackMs) };
  return pagesOf(level, why, round, context.onCall?.(route)).map((page) =>
    draft(state, context, 'paged', { ...begun, ...page, route, summary }),
  );
}

function without<T>(all: Readonly<Record<string, T>>, alert: string): Readonly<Record<string, T>> {
  const { [alert]: _, ...rest } = all;
  return rest;
}

/** With the paging of `alert` as the newest; the oldest give way. */
function kept(paging: HubState['paging'], alert: string, round: Paging): Pick<HubState, 'paging'> {
  const all = [...Object.entries(without(paging, alert)), [alert, round] as const];
  return { paging: Object.fromEntries(all.slice(-KEPT)) };
}
