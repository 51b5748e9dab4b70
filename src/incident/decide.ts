/** The rules of the house: a command becomes events, or a refusal that says why. Pure; time comes in the context. */
import {
  byMachine,
  draft,
  ended,
  LIMITS,
  noEntry,
  notYours,
  refuse,
  whoSet,
  type Answer,
  type Context,
  type Rule,
} from './decision.ts';
import type { Command, CommandKind, Refusal } from './command.ts';
import type { EventData } from './event.ts';
import { STATUSES, type Instant, type Level } from './vocabulary.ts';
import { isEnded, mayCommand, mayTell, type Incident } from './incident.ts';
import { isName, nameRule } from './person-name.ts';
import { deadlines, plus, updateEvery } from './policy.ts';
import { decideRole } from './roles.ts';
import { isWorse, SEVERITIES } from './severity.ts';

/** A claimed time may be ahead of the hub's clock by this much, for clocks that differ; ms. */
const AHEAD_MS = 2 * 60_000;
/** Nobody promises the public a word later than this; ms. */
const NEXT_MAX_MS = 7 * 24 * 3_600_000;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** What `command` leads to. Never throws; a refusal changes nothing. */
export function decide(state: Incident, command: Command, context: Context): Answer {
  if (context.actor.observer) return refuse('forbidden', 'observers read; ask the IC for an invitation that may write');
  if (!isName(context.actor.name)) return refuse('invalid', nameRule('your name'));
  if (command.kind !== 'declare' && state.head === 0) return refuse('not_found', 'there is no such incident');
  const fault = badTime(command, context.now);
  if (fault) return fault;
  return rules[command.kind](state, command as never, context);
}

const rules: { readonly [K in CommandKind]: Rule<K> } = {
  declare(state, command, context) {
    if (state.head > 0) return refuse('conflict', 'this incident is declared already');
    const title = command.title.trim();
    if (title === '') return refuse('invalid', 'say in one line what is broken');
    if (title.length > LIMITS.title)
      return refuse('invalid', `a title has at most ${LIMITS.title} characters; this one has ${title.length}`);
    if (CONTROL.test(title)) return refuse('invalid', 'a title is one line without control characters');
    const at = command.at ?? context.now;
    return [
      draft(state, context, 'declared', 'key', at, {
        title,
        severity: command.severity,
        drill: command.drill ?? false,
        detectedAt: at,
        impactStartedAt: null,
        deadlines: deadlines(context.policy, command.severity, at, context.now),
        ...(command.alert === undefined ? {} : { alert: command.alert }),
        ...(command.runbook === undefined ? {} : { runbook: command.runbook }),
        ...(command.why === undefined ? {} : { why: command.why }),
      }),
    ];
  },

  acknowledge(state, command, context) {
    if (isEnded(state)) return ended(state);
    const { ackedBy, timestamps } = state;
    const { alert } = command;
    const owned = timestamps.acknowledgedAt !== null;
    // Its alerts are acknowledged one by one; the first of them gives the incident its owner.
    if (owned && alert === undefined)
      return refuse('conflict', `${ackedBy ?? 'somebody'} acknowledged it at ${timestamps.acknowledgedAt}`);
    const data = alert === undefined ? {} : { alert };
    return [draft(state, context, 'acknowledged', owned ? 'normal' : 'key', context.now, data)];
  },

  note(state, command, context) {
    const text = command.text.trimEnd();
    if (text.trim() === '') return refuse('invalid', 'an entry needs words');
    if (text.length > LIMITS.text)
      return refuse('invalid', `an entry has at most ${LIMITS.text} characters; this one has ${text.length}`);
    if (command.to !== undefined && !isName(command.to)) return refuse('invalid', nameRule('the name after @'));
    if (command.re !== undefined && context.target === undefined) return noEntry(command.re);
    const item = state.open.find((open) => open.seq === command.re);
    if (command.closes && item === undefined) return refuse('invalid', 'that entry is not an open item');
    const form = command.form ?? 'note';
    const data: EventData['noted'] = {
      text,
      form,
      ...(command.to === undefined ? {} : { to: command.to }),
      ...(command.due === undefined ? {} : { due: command.due }),
      ...(item && (command.closes || item.form === 'question') ? { closes: true as const } : {}),
    };
    const level: Level = form === 'decision' || command.pin ? 'key' : 'normal';
    const note = draft(state, context, 'noted', level, command.at ?? context.now, data, command.re);
    if (!command.pin) return [note];
    return [note, draft(state, context, 'pinned', 'system', context.now, { pinned: true }, state.head + 1)];
  },

  set_severity(state, command, context) {
    if (isEnded(state)) return ended(state);
    const { to, seen, why } = command;
    if (!SEVERITIES.includes(to)) return refuse('invalid', `severities are ${SEVERITIES.join(', ')}`);
    const from = state.severity;
    if (to === from) return refuse('conflict', `it is ${from} already${whoSet(state, 'severity')}`);
    if (seen !== undefined && seen !== from)
      return refuse('conflict', `it is ${from} by now${whoSet(state, 'severity')}, not ${seen}`);
    if (!mayCommand(state, context.actor.name)) return notYours(state, 'sets severity');
    const next = severityDeadlines(state, context, to);
    const data = { from, to, deadlines: next, ...(why === undefined ? {} : { why }) };
    return [draft(state, context, 'severity_set', 'key', context.now, data)];
  },

  set_status(state, command, context) {
    const { to, seen, why } = command;
    const from = state.status;
    if (!STATUSES.includes(to) || to === 'declared' || to === 'merged')
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
    const over = to === 'resolved' || to === 'closed' || to === 'cancelled';
    const serious = state.peakSeverity === 'SEV-0' || state.peakSeverity === 'SEV-1';
    const cadence = context.policy.severities[state.severity].updateMs;
    const told = command.public === undefined ? state.deadlines.updateDueAt : null;
    const reopened = isEnded(state) || from === 'resolved';
    const updateDueAt =
      over || cadence === null ? null : told !== null && !reopened ? told : plus(context.now, cadence);
    const due = state.timestamps.postmortemDueAt;
    const postmortemDueAt =
      to === 'resolved' && serious ? plus(context.now, context.policy.postmortemMs) : to === 'closed' ? due : null;
    const data: EventData['status_set'] = {
      from,
      to,
      updateDueAt,
      postmortemDueAt,
      ...(why === undefined ? {} : { why }),
      ...(command.public === undefined ? {} : { public: command.public }),
    };
    const event = draft(state, context, 'status_set', 'key', context.now, data);
    return [command.public === undefined ? event : { ...event, visibility: 'public' }];
  },

  assign_role: decideRole.assign_role,
  release_role: decideRole.release_role,
  offer_command: decideRole.offer_command,
  accept_command: decideRole.accept_command,
  decline_command: decideRole.decline_command,

  update_public(state, command, context) {
    if (isEnded(state)) return ended(state);
    const text = command.text.trim();
    if (text === '') return refuse('invalid', 'say what the public was told');
    if (text.length > LIMITS.text)
      return refuse('invalid', `an update has at most ${LIMITS.text} characters; this one has ${text.length}`);
    if (command.nextMs !== undefined && !(command.nextMs > 0 && command.nextMs <= NEXT_MAX_MS))
      return refuse('invalid', 'the next update is due within a week');
    if (!mayTell(state, context.actor.name)) return notYours(state, 'or COMMS tells the public');
    const nextMs = command.nextMs ?? updateEvery(context.policy, state.severity, state.status);
    const updateDueAt = nextMs === null ? null : plus(context.now, nextMs);
    const update = draft(state, context, 'public_updated', 'key', context.now, { text, updateDueAt });
    return [{ ...update, visibility: 'public' }];
  },

  amend(state, command, context) {
    const { text, at, why } = command;
    const fault = mayCorrect(state, command.ref, context, 'amend');
    if (fault) return fault;
    if (why.trim() === '') return refuse('invalid', 'a correction says why');
    if (text === undefined && at === undefined) return refuse('invalid', 'give the new text or the new time');
    if (text !== undefined && text.trim() === '') return refuse('invalid', 'to take an entry back, retract it');
    if (text !== undefined && text.length > LIMITS.text)
      return refuse('invalid', `an entry has at most ${LIMITS.text} characters; this one has ${text.length}`);
    const data = { why, ...(text === undefined ? {} : { text }), ...(at === undefined ? {} : { at }) };
    return [draft(state, context, 'amended', 'system', context.now, data, command.ref)];
  },

  retract(state, command, context) {
    const fault = mayCorrect(state, command.ref, context, 'retract');
    if (fault) return fault;
    if (command.why.trim() === '') return refuse('invalid', 'a retraction says why');
    return [draft(state, context, 'retracted', 'system', context.now, { why: command.why }, command.ref)];
  },

  pin(state, command, context) {
    if (context.target === undefined) return noEntry(command.ref);
    const pinned = command.pinned ?? true;
    if ((state.annotations[command.ref]?.pinned ?? false) === pinned)
      return refuse('conflict', `#${command.ref} is ${pinned ? 'pinned already' : 'not pinned'}`);
    return [draft(state, context, 'pinned', 'system', context.now, { pinned }, command.ref)];
  },

  change_alert(state, command, context) {
    if (!byMachine(context)) return refuse('forbidden', 'alerts come from rules and intakes, not from people');
    const { kind: _, at, ...data } = command;
    const level: Level = command.to === 'firing' || command.to === 'no_data' ? 'key' : 'normal';
    return [draft(state, context, 'alert_changed', level, at ?? context.now, data)];
  },

  mark_change(state, command, context) {
    const { kind: _, at, ...data } = command;
    if (data.what.trim() === '') return refuse('invalid', 'say what changed');
    return [draft(state, context, 'change_marked', 'normal', at ?? context.now, data)];
  },

  silence: () => notHere,
  unsilence: () => notHere,
  reload: () => notHere,
  inspect: () => notHere,
};

/** What the hub does itself stands in a record only as a change it marks there. */
const notHere = refuse('invalid', 'that is asked of the hub, not of an incident');

/** Raised: the sooner of what ran and a fresh span. Lowered: the span of the milder severity from detection. */
function severityDeadlines(state: Incident, context: Context, to: Incident['severity']): Incident['deadlines'] {
  const detected = state.timestamps.detectedAt ?? context.now;
  if (!isWorse(to, state.severity)) return deadlines(context.policy, to, detected, context.now);
  const fresh = deadlines(context.policy, to, context.now, context.now);
  const sooner = (a: Instant | null, b: Instant | null): Instant | null =>
    a === null ? b : b === null ? a : a < b ? a : b;
  return {
    ackDueAt: sooner(state.deadlines.ackDueAt, fresh.ackDueAt),
    responseDueAt: sooner(state.deadlines.responseDueAt, fresh.responseDueAt),
    updateDueAt: sooner(state.deadlines.updateDueAt, fresh.updateDueAt),
  };
}

/** Authors correct their own entries; IC, deputy and scribe any. What the system wrote stays as it was written. */
function mayCorrect(state: Incident, ref: number, { target, actor }: Context, verb: string): Refusal | null {
  if (target === undefined) return noEntry(ref);
  if (target.kind !== 'noted')
    return refuse('forbidden', `#${ref} was written by the system; add a note instead of trying to ${verb} it`);
  if (state.annotations[ref]?.retracted) return refuse('conflict', `#${ref} is retracted already`);
  const { ic, deputy, scribe } = state.roles;
  if (target.by.name !== actor.name && ![ic, deputy, scribe].includes(actor.name))
    return refuse('forbidden', `#${ref} is ${target.by.name}'s; only they, the IC or the scribe may ${verb} it`);
  return null;
}

function badTime(command: Command, now: Instant): Refusal | null {
  const at = 'at' in command ? command.at : undefined;
  if (at === undefined) return null;
  const time = Date.parse(at);
  if (!Number.isFinite(time)) return refuse('invalid', `"${at.slice(0, 40)}" is no time; use ISO 8601 in UTC`);
  if (time > Date.parse(now) + AHEAD_MS) return refuse('invalid', `${at} is in the future; the hub has ${now}`);
  return null;
}
