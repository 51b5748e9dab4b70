/** What a console may ask for: of an incident, or of the hub, whichever incident is open. */
import * as v from 'valibot';
import type { Command } from '../incident/command.ts';
import { isObject } from '../incident/event-codec.ts';
import { INCIDENT_ID } from '../incident/incident-id.ts';
import { HUB_COMMANDS } from '../incident/hub-record.ts';
import { byKey, INSTANT, TEXT_LIMITS, short, ULID } from '../incident/shapes.ts';
import type { AnyCommand, Shape } from '../incident/topic.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import type { Instant } from '../incident/vocabulary.ts';

const define = <S extends Shape>(shape: S, pending: (command: v.InferOutput<S>) => string) => ({ shape, pending });

/** What is asked of the hub. Each has its fields besides `kind`, and the words for it while it is on its way. */
const HUB = {
  /** Keep quiet about alerts with these labels until then. */
  silence: HUB_COMMANDS.silence,
  unsilence: HUB_COMMANDS.unsilence,
  /** Read the configuration again: all of it, or, when it has a fault, nothing. */
  reload: define(v.object({}), () => 'read the configuration again'),
  /** Take a closer look at a target: what it finds comes with the target's readings. */
  inspect: define(v.object({ target: short(200) }), ({ target }) => `look closer at ${target}`),
};
type Hub = typeof HUB;

/** `acknowledge` with an alert: somebody is on it. Without one it is asked of an incident. */
export type HubCommand =
  | { [K in keyof Hub]: { readonly kind: K } & Readonly<v.InferOutput<Hub[K]['shape']>> }[keyof Hub]
  | { readonly kind: 'acknowledge'; readonly alert: string };
export type ConsoleCommand = Command | HubCommand;

const isOwn = (command: AnyCommand): boolean => Object.hasOwn(HUB, command.kind);
export const isHubCommand = (command: ConsoleCommand): command is HubCommand =>
  isOwn(command) || (command.kind === 'acknowledge' && command.alert !== undefined);

const kinds = Object.keys(HUB) as (keyof Hub)[];
/** Reads a command of a console. */
export const consoleCommand = byKey(
  'kind',
  kinds.map((kind) => v.looseObject({ kind: v.literal(kind), ...HUB[kind].shape.entries })),
  INCIDENT.command,
) as v.GenericSchema<unknown, ConsoleCommand>;

/** What `command` asks for, in words, while it is not on the record; unsafe text. */
export function pendingText(command: AnyCommand): string {
  // The look-up loses that kind and fields belong together; whoever made the command had them checked.
  const own = isOwn(command) ? HUB[command.kind as keyof Hub] : undefined;
  return own === undefined ? INCIDENT.pending(command) : own.pending(command as never);
}

/** A command that arrives later than this after it was typed happened when it was typed, ms. */
const UNDER_WAY_MS = 1_000;

/**
 * `command` with the time it was typed, where it was long under way (the hub or the network was silent) and carries no
 * time of its own. `now`: hub time, ms since 1970. `amend` has a time that is another entry's.
 */
export function stamped<C extends ConsoleCommand>(command: C, typedAt: Instant | undefined, now: number): C {
  if (typedAt === undefined || now - Date.parse(typedAt) < UNDER_WAY_MS) return command;
  if (('at' in command && command.at !== undefined) || command.kind === 'amend') return command;
  const isTimed = Object.hasOwn(INCIDENT.commands.get(command.kind)?.shape.entries ?? {}, 'at');
  return isTimed ? { ...command, at: typedAt } : command;
}

/**
 * The commonest message of all, a command that is an entry of text and nothing else, read without its shape: the same
 * answer at a third of the cost. Null: read it by its shape.
 */
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
