/** What falls due by itself: missed deadlines, pages, acknowledgements that expire. */
import type { EpisodeEnd } from './alert-paging.ts';
import { clocks } from './clocks.ts';
import type { Command } from './command.ts';
import type { HubRecordCommand } from './hub-record.ts';
import type { HubState } from './hub-state.ts';
import { isAcknowledged, isRunning, type Incident } from './incident.ts';
import { ASK_FIRST_MS, dueLevels, type EscalationLevel, type Paging } from './paging.ts';
import type { Policy } from './policy.ts';
import type { Severity } from './severity.ts';
import { ownValue } from './topic.ts';
import type { Instant } from './vocabulary.ts';

/** A pure function of state and time (ms since 1970, hub time). Keys are deterministic, so that a command is executed once. */
type TimedPolicy = (state: Incident, now: number, policy: Policy) => DueCommands;
interface DueCommands<C = Command> {
  readonly commands: readonly { readonly key: string; readonly command: C }[];
  /** Next evaluation without an event, ms since 1970; null: none. */
  readonly nextDue: number | null;
}

/** What of `all` is due, and when the next of the others is. `at`: ms since 1970. */
function dueOf(
  all: readonly { readonly at: number; readonly key: string; readonly command: Command }[],
  now: number,
): DueCommands {
  const later = all.filter(({ at }) => at > now).map(({ at }) => at);
  return {
    commands: all.filter(({ at }) => at <= now).map(({ key, command }) => ({ key, command })),
    nextDue: later.length === 0 ? null : Math.min(...later),
  };
}

/** Records each missed deadline once: acknowledgement, response, cause, public update. */
export const missedDeadlines: TimedPolicy = (state, now) =>
  dueOf(
    clocks(state, now).due.flatMap(({ what, at }) =>
      what === 'postmortem' || state.missed?.[what] === at
        ? []
        : [{ at: Date.parse(at), key: `${what}-overdue:${at}`, command: { kind: 'miss_deadline', what, dueAt: at } }],
    ),
    now,
  );

/** Ends the time for objections to a decision. */
export const objectionsOver: TimedPolicy = ({ decisions }, now) =>
  dueOf(
    decisions.flatMap(({ seq, state, objectionsUntil }) =>
      state === 'open' && objectionsUntil !== undefined
        ? [
            {
              at: Date.parse(objectionsUntil),
              key: `objections-over:${seq}`,
              command: { kind: 'end_objections', ref: seq },
            },
          ]
        : [],
    ),
    now,
  );

const NOTHING: DueCommands<never> = { commands: [], nextDue: null };

/**
 * The levels of an incident's route: while nobody has acknowledged, one after the other; once somebody has, again from L1
 * when nothing is written for too long.
 */
export function escalation(state: Incident, now: number, policy: Policy): DueCommands {
  const { paging, severity } = state;
  if (paging === undefined || !isRunning(state)) return NOTHING;
  if (isAcknowledged(state)) return whenSilent(state, paging, now, policy);
  if (paging.route === null) return NOTHING;
  const { page, hold, nextDue } = dueNow(paging, severity, policy, now);
  return {
    commands: [
      ...page.map(({ level, why }) => ({
        key: `page ${level} ${paging.since}`,
        command: { kind: 'page', level, why } as const,
      })),
      ...hold.map(({ level, dueAt }) => ask(level, dueAt)),
    ],
    nextDue,
  };
}

/** What an unacknowledged `paging` asks for now: levels to page, and a level about which people are asked first. */
function dueNow(paging: Paging, severity: Severity, policy: Policy, now: number) {
  const { due, nextDue } = dueLevels(paging, severity, policy.escalation.l3AfterL2Ms, now);
  const first = paging.expired ? 'the acknowledgement expired' : 'just declared';
  const old = due.find(({ isOld }) => isOld);
  return {
    page: due.flatMap(({ level, isOld }) =>
      isOld ? [] : [{ level, why: level === 'L1' ? first : 'nobody acknowledged' }],
    ),
    hold: old === undefined || paging.held?.level === old.level ? [] : [old],
    nextDue,
  };
}

const ask = (level: EscalationLevel, dueAt: string) => ({
  key: `hold ${level} ${dueAt}`,
  command: { kind: 'hold_escalation', level, dueAt } as const,
});

/** The acknowledgement holds as long as somebody writes. One that would have expired while the hub was down is asked about. */
function whenSilent(state: Incident, paging: Paging, now: number, policy: Policy): DueCommands {
  const written = state.lastWrittenAt ?? state.recorded;
  if (written === null) return NOTHING;
  const silentMs = policy.escalation.ackSilentMs[state.severity];
  const due = Math.max(Date.parse(written) + silentMs, Date.parse(paging.notBefore));
  if (due > now) return { commands: [], nextDue: due };
  const dueAt = new Date(due).toISOString();
  if (now - due > ASK_FIRST_MS)
    return { commands: paging.held?.dueAt === dueAt ? [] : [ask('L1', dueAt)], nextDue: null };
  return {
    commands: [{ key: `ack-expired ${dueAt}`, command: { kind: 'expire_acknowledgement', dueAt } }],
    nextDue: null,
  };
}

type AlertCommand = HubRecordCommand & { readonly alert: string };
type Wanted = DueCommands<AlertCommand>;

/** An alert that fires. */
export interface FiringAlert {
  readonly alert: string;
  readonly severity: Severity;
  readonly summary: string;
  /** Null: nobody is called for it. */
  readonly route: string | null;
  /** It fires since then. */
  readonly since: Instant;
  /** Nothing is known of it at present. */
  readonly isUnknown: boolean;
  /** Why nobody is called for it now; null: they are. */
  readonly quiet: Exclude<EpisodeEnd, 'over'> | null;
}

/** What is due for alerts without an incident. `isOver`: an alert that does not fire has ended; one that flaps has not. */
export function alertPaging(
  firing: readonly FiringAlert[],
  isOver: (alert: string) => boolean,
  state: HubState,
  now: number,
  policy: Policy,
): Wanted {
  const wanted = withinCalls(firing, state).map((one) => forAlert(one, state, now, policy));
  const known = new Set(firing.map(({ alert }) => alert));
  const instant = new Date(now).toISOString();
  const held = Object.entries(state.acknowledgements).flatMap(([alert, { until }]) => (until > instant ? [alert] : []));
  const gone = [...new Set([...Object.keys(state.paging), ...held])].filter(
    (alert) => !known.has(alert) && isOver(alert),
  );
  const dues = wanted.flatMap(({ nextDue }) => nextDue ?? []);
  return {
    commands: [...wanted.flatMap(({ commands }) => commands), ...gone.map((alert) => ended(state, alert, 'over'))],
    nextDue: dues.length === 0 ? null : Math.min(...dues),
  };
}

/** Whoever has this many unanswered calls on a route is not called for further alerts that are no worse. */
const CALLS_AT_ONCE = 20;

/** Leaves out alerts for which nobody was called yet while too many calls are unanswered: a flood of alerts is no flood of pages. */
function withinCalls(firing: readonly FiringAlert[], { paging }: HubState): readonly FiringAlert[] {
  const waiting = new Map<string, number>();
  const isCalled = ({ alert }: FiringAlert): boolean => ownValue(paging, alert) !== undefined;
  const worstFirst = firing.toSorted(
    (a, b) => a.severity.localeCompare(b.severity) || Number(isCalled(b)) - Number(isCalled(a)),
  );
  return worstFirst.filter((one) => {
    const round = ownValue(paging, one.alert);
    const route = round?.route ?? one.route;
    if (route === null || (round === undefined && one.quiet !== null)) return true;
    const calls = waiting.get(route) ?? 0;
    if (round === undefined && calls >= CALLS_AT_ONCE) return false;
    if (round === undefined || round.pages.some(({ answered }) => !answered)) waiting.set(route, calls + 1);
    return true;
  });
}

function forAlert(firing: FiringAlert, state: HubState, now: number, policy: Policy): Wanted {
  const { alert, severity, summary, route, since, isUnknown, quiet } = firing;
  const round = ownValue(state.paging, alert);
  const ack = ownValue(state.acknowledgements, alert);
  if (quiet !== null) return round === undefined ? NOTHING : only(ended(state, alert, quiet));
  const { ackMs } = policy.severities[severity];
  if (ack !== undefined && (round !== undefined || Date.parse(ack.until) > now)) {
    const until = Date.parse(ack.until);
    if (until > now) return { commands: [], nextDue: until };
    return only(keyed(state, { kind: 'expire_alert_acknowledgement', alert, dueAt: ack.until, ackMs }));
  }
  if (route === null && round === undefined) return NOTHING;
  const called = { alert, since, route: round?.route ?? route ?? '', ackMs, summary };
  if (round === undefined)
    return isUnknown ? NOTHING : only(keyed(state, { kind: 'page_alert', ...called, level: 'L1', why: 'it fires' }));
  const { page, hold, nextDue } = dueNow(round, severity, policy, now);
  const pages = page.map(({ level, why }) => keyed(state, { kind: 'page_alert', ...called, level, why }));
  const holds = hold.map(({ level, dueAt }) => keyed(state, { kind: 'hold_alert', alert, level, dueAt }));
  return { commands: [...pages, ...holds], nextDue };
}

const only = (wanted: ReturnType<typeof keyed>): Wanted => ({ commands: [wanted], nextDue: null });

const ended = (state: HubState, alert: string, why: EpisodeEnd) => keyed(state, { kind: 'end_episode', alert, why });

/** An alert may fire again and again: the head of the record tells the command of one episode from that of the next. */
const keyed = (state: HubState, command: AlertCommand) => ({
  key: `${command.kind} ${'level' in command ? command.level : ''} ${command.alert} after #${state.head}`,
  command,
});

export const POLICIES: readonly TimedPolicy[] = [missedDeadlines, objectionsOver, escalation];
