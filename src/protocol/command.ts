/** The commands of a console: for an incident, or for the hub itself. */
import * as v from 'valibot';
import type { Command } from '../incident/command.ts';
import { isObject } from '../incident/event-codec.ts';
import { INCIDENT_ID } from '../incident/incident-id.ts';
import { HUB_COMMANDS } from '../incident/hub-record.ts';
import { byKey, incidentIdShape, INSTANT, maybe, TEXT_LIMITS, short, ULID, whole, why } from '../incident/shapes.ts';
import type { AnyCommand, Shape } from '../incident/topic.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import type { Instant } from '../incident/vocabulary.ts';

const define = <S extends Shape>(shape: S, pending: (command: v.InferOutput<S>) => string) => ({ shape, pending });

/** Commands for the hub: the fields besides `kind`, and the text shown while one is pending. */
const HUB = {
  silence: HUB_COMMANDS.silence,
  unsilence: HUB_COMMANDS.unsilence,
  /** Somebody stands in on a rotation. */
  override_oncall: HUB_COMMANDS.override_oncall,
  withdraw_override: HUB_COMMANDS.withdraw_override,
  /** What whoever leaves a rotation leaves for whoever comes. */
  note_handoff: HUB_COMMANDS.note_handoff,
  /** A marked message to a receiver; one that failed, is in doubt or waits, sent again now, or known to be there. */
  test_delivery: define(HUB_COMMANDS.test_delivery.shape, ({ receiver }) => `send a test to ${receiver}`),
  retry_delivery: define(HUB_COMMANDS.retry_delivery.shape, ({ id }) => `deliver ${id} again`),
  confirm_delivery: define(HUB_COMMANDS.confirm_delivery.shape, ({ id }) => `${id} got there`),
  /** Lets a system outside report alerts and changes, with a token of which only the hash is sent. */
  add_intake: HUB_COMMANDS.add_intake,
  revoke_intake: HUB_COMMANDS.revoke_intake,
  /** Answers who may report, as JSON. */
  list_intakes: define(v.object({}), () => 'list who may report'),
  /** Reads the configuration again; with any fault nothing of it is used. */
  reload: define(v.object({}), () => 'read the configuration again'),
  /** Inspects a target; what is found comes with the target's readings. */
  inspect: define(v.object({ target: short(200) }), ({ target }) => `look closer at ${target}`),
  /**
   * Runs a step of a runbook in the incident it is sent for: the hub finds it, and records what becomes of it. `target`: the
   * one that is meant where several fit. `skip`: it is left out, for that reason.
   */
  run_step: define(
    v.object({
      runbook: short(200),
      step: short(200),
      params: maybe(v.record(short(64), short(2_000))),
      target: maybe(short(200)),
      dryRun: maybe(v.literal(true)),
      skip: maybe(why),
    }),
    ({ runbook, step }) => `run ${step} of ${runbook}`,
  ),
  /** Answers with the kept output of a run, from a character on, as JSON: `{ text, next, total }`; `next` null: its end. */
  read_output: define(v.object({ ref: whole(1), from: maybe(whole(0)) }), ({ ref }) => `read the output of #${ref}`),
  /** The incident it is sent for has to do with `other`. */
  link: define(v.object({ other: incidentIdShape }), ({ other }) => `link ${other}`),
  /** The incident it is sent for goes on in `into`. */
  merge: define(v.object({ into: incidentIdShape }), ({ into }) => `merge into ${into}`),
};
type Hub = typeof HUB;

/** `acknowledge` with an alert is for the hub, without one for an incident. */
export type HubCommand =
  | { [K in keyof Hub]: { readonly kind: K } & Readonly<v.InferOutput<Hub[K]['shape']>> }[keyof Hub]
  | { readonly kind: 'acknowledge'; readonly alert: string }
  | (Extract<Command, { kind: 'escalate' }> & { readonly alert: string });
export type ConsoleCommand = Command | HubCommand;

const isOwn = (command: AnyCommand): boolean => Object.hasOwn(HUB, command.kind);
export const isHubCommand = (command: ConsoleCommand): command is HubCommand =>
  isOwn(command) || ((command.kind === 'acknowledge' || command.kind === 'escalate') && command.alert !== undefined);

const kinds = Object.keys(HUB) as (keyof Hub)[];
export const consoleCommand = byKey(
  'kind',
  kinds.map((kind) => v.looseObject({ kind: v.literal(kind), ...HUB[kind].shape.entries })),
  INCIDENT.command,
) as v.GenericSchema<unknown, ConsoleCommand>;

/** What `command` asks for, in words, while it is pending; unsafe text. */
export function pendingText(command: AnyCommand): string {
  // The lookup loses that kind and fields belong together; the command was validated before.
  const own = isOwn(command) ? HUB[command.kind as keyof Hub] : undefined;
  return own === undefined ? INCIDENT.pending(command) : own.pending(command as never);
}

/** A command that took longer than this to arrive gets the time it was typed, ms. */
const UNDER_WAY_MS = 1_000;

/** Dates a late command without a time when it was typed. `now`: hub time. `amend`'s time is another entry's. */
export function stamped<C extends ConsoleCommand>(command: C, typedAt: Instant | undefined, now: number): C {
  if (typedAt === undefined || now - Date.parse(typedAt) < UNDER_WAY_MS) return command;
  if (('at' in command && command.at !== undefined) || command.kind === 'amend') return command;
  const isTimed = Object.hasOwn(INCIDENT.commands.get(command.kind)?.shape.entries ?? {}, 'at');
  return isTimed ? { ...command, at: typedAt } : command;
}

/** Reads the most frequent message, a plain text note, at a third of the cost of its shape. Null: use the shape. */
export function plainNote(raw: unknown) {
  if (!isObject(raw) || raw['type'] !== 'command') return null;
  const { n, id, incident, command, typedAt } = raw;
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 1) return null;
  if (typeof id !== 'string' || !ULID.test(id)) return null;
  if (typeof incident !== 'string' || !INCIDENT_ID.test(incident)) return null;
  if (!isObject(command) || command['kind'] !== 'note') return null;
  const { text } = command;
  if (typeof text !== 'string' || text.length > TEXT_LIMITS.text) return null;
  if (
    typedAt !== undefined &&
    (typeof typedAt !== 'string' || !INSTANT.test(typedAt) || Number.isNaN(Date.parse(typedAt)))
  )
    return null;
  for (const key in command) if (key !== 'kind' && key !== 'text') return null;
  const message = { type: 'command', n, id, incident, command: { kind: 'note', text } } as const;
  return typedAt === undefined ? message : { ...message, typedAt };
}
