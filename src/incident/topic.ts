/** A record is defined by topics of commands (shape, decision) and events (shape, fold, words). */
import * as v from 'valibot';
import { refuse, type Decision, type Drafted, type Refusal } from './decision.ts';
import { byKey, envelope } from './shapes.ts';
import type { Envelope, Instant, Level } from './vocabulary.ts';

export type Shape = v.ObjectSchema<v.ObjectEntries, undefined>;
type Fields<S extends Shape> = Readonly<v.InferOutput<S>>;
type Happened<S extends Shape> = Envelope & { readonly data: Fields<S> };

/** How the timeline marks an entry; the screen maps it to a sign and a colour. */
export type Mark =
  | 'plain'
  | 'quiet'
  | 'key'
  | 'people'
  | 'finding'
  | 'hypothesis'
  | 'decision'
  | 'question'
  | 'action'
  | 'change'
  | 'ok'
  | 'no_data'
  | 'warn'
  | 'crit';

interface CommandDefinition<State, Context, S extends Shape = Shape> {
  /** Fields besides `kind`. Their order is part of the hash that recognises retries. */
  readonly shape: S;
  /** Pure; never throws. */
  decide(state: State, command: Fields<S>, context: Context): Decision;
  /** What a console sends, in words, before it is recorded; unsafe text. Absent: only the hub itself gives this command. */
  pending?(command: Fields<S>): string;
}

interface EventDefinition<State, S extends Shape = Shape> {
  readonly shape: S;
  /** Default: `normal`. */
  readonly level?: Level;
  readonly visibility?: 'public';
  /** Data omitted when stored. Not for new kinds, which older readers do not know. */
  readonly implied?: Partial<Fields<S>>;
  /** What changes in the state. Pure; never throws. */
  fold(state: State, event: Happened<S>): Partial<State>;
  /** The event in words; unsafe text. */
  sentence(event: Happened<S>): string;
  /** Values of the filter `kind:` that find it; none in the hub's own record, which no console shows. */
  readonly finds?: readonly string[];
  /** The only one of `finds` for this event; all when absent. */
  findsAs?(event: Happened<S>): string;
  /** Default: `quiet` for the level `system`, else `plain`. */
  mark?(event: Happened<S>): Mark;
}

interface Topic<State, Context> {
  readonly commands: Readonly<Record<string, CommandDefinition<State, Context>>>;
  readonly events: Readonly<Record<string, EventDefinition<State>>>;
}

export interface FoldedHead {
  readonly head: number;
  readonly recorded: Instant | null;
}

/** Optional fields may also be given as undefined. */
type Given<T> = { readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] };

/** The fields without those that are undefined. */
export function defined<T extends object>(fields: Given<T>): T {
  const kept: Record<string, unknown> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept as T;
}

/** The fields of a command that its event has, too, and nothing else: its kind, or what a later version adds. */
export const fieldsIn = <E extends v.ObjectEntries, C extends object>(entries: E, command: C) =>
  Object.fromEntries(Object.entries(command).filter(([name]) => Object.hasOwn(entries, name))) as Pick<
    C,
    Extract<keyof C, keyof E>
  >;

/** What `all` itself has under `key`, not what every object inherits: an alert may be named `constructor`. */
export const ownValue = <T>(all: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(all, key) ? all[key] : undefined;

/** Helpers to define topics of one record; `command` and `event` infer the types of fields from the shape. */
export const topicsOf = <State extends FoldedHead, Context extends { readonly now: Instant }>(
  actorOf: (state: State, context: Context) => Pick<Envelope, 'by' | 'via'>,
) => ({
  command: <S extends Shape>(definition: Required<CommandDefinition<State, Context, S>>) => definition,
  /** A command that only the hub itself gives. */
  internal: <S extends Shape>(definition: Omit<CommandDefinition<State, Context, S>, 'pending'>) => definition,
  event: <S extends Shape>(definition: EventDefinition<State, S>) => definition,
  /** Makes drafts by the context's actor, with the defaults of the kind unless `more` overrides them. */
  drafting:
    <E extends Topic<State, Context>['events']>(events: E) =>
    <K extends keyof E & string>(
      state: State,
      context: Context,
      kind: K,
      data: Given<Fields<E[K]['shape']>>,
      more: Given<Partial<Pick<Envelope, 'at' | 'level' | 'visibility' | 'ref'>>> = {},
    ): Drafted => {
      const { level = events[kind]?.level ?? 'normal', visibility = events[kind]?.visibility ?? 'internal' } = more;
      const { at: time = context.now, ref } = more;
      const at = time === context.now ? time : new Date(time).toISOString();
      const { by, via } = actorOf(state, context);
      const draft = { kind, data: defined(data), at, level, by, via, visibility };
      return ref === undefined ? draft : { ...draft, ref };
    },
  aggregate: <T extends Topic<State, Context>>(
    topics: readonly T[],
    admit: (state: State, command: CommandOf<T>, context: Context) => Refusal | null,
    always?: (event: AnyEvent) => Partial<State>,
  ) => aggregate(topics, admit, always),
});

/** The change of an event that only moves the head. */
export const UNCHANGED: Readonly<Record<string, never>> = {};

/** An event of a known or unknown kind. */
export interface AnyEvent extends Envelope {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}
/** A command of a known or unknown kind. */
export type AnyCommand = Readonly<Record<string, unknown>> & { readonly kind: string };

interface TypedTopic {
  readonly commands: Readonly<Record<string, { readonly shape: Shape }>>;
  readonly events: Readonly<Record<string, { readonly shape: Shape }>>;
}
type Kinds<D> = keyof D & string;
export type CommandOf<T extends TypedTopic> = T extends { readonly commands: infer D extends TypedTopic['commands'] }
  ? { [K in Kinds<D>]: { readonly kind: K } & Fields<D[K]['shape']> }[Kinds<D>]
  : never;
type FactOf<T extends TypedTopic> = T extends { readonly events: infer D extends TypedTopic['events'] }
  ? { [K in Kinds<D>]: { readonly kind: K; readonly data: Fields<D[K]['shape']> } }[Kinds<D>]
  : never;
export type DataOf<T extends TypedTopic> = { [F in FactOf<T> as F['kind']]: F['data'] };
export type EventOf<T extends TypedTopic> = Envelope & FactOf<T>;
export type DraftOf<T extends TypedTopic> = Drafted & FactOf<T>;

const SHOWN = 60;
const shown = (kind: unknown): string => {
  // An object of a stranger may have no way to become text.
  const text = typeof kind === 'string' ? kind : typeof kind;
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}...`;
};
const isData = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Derives a record from its topics. `admit` runs before every decision: a refusal, or null to go on. `always`: what each
 * event of a known kind changes besides its own fold.
 */
function aggregate<State extends FoldedHead, Context, T extends Topic<State, Context>>(
  topics: readonly T[],
  admit: (state: State, command: CommandOf<T>, context: Context) => Refusal | null,
  always?: (event: AnyEvent) => Partial<State>,
) {
  const commands = new Map(topics.flatMap((topic) => Object.entries(topic.commands)));
  const events = new Map(topics.flatMap((topic) => Object.entries(topic.events)));
  const noCommand = (kind: unknown): string =>
    `this hub is of a version that does not know the command "${shown(kind)}"`;

  const command = byKey(
    'kind',
    [...commands].flatMap(([kind, { shape, pending }]) =>
      pending === undefined ? [] : [v.looseObject({ kind: v.literal(kind), ...shape.entries })],
    ),
    v.never(({ input }) => noCommand(isData(input) && 'kind' in input ? input.kind : undefined)),
  );
  const event = byKey(
    'kind',
    [...events].map(([kind, { shape }]) => v.object({ ...envelope, kind: v.literal(kind), data: shape })),
    v.object({ ...envelope, kind: v.string(), data: v.custom(isData, 'data is an object') }),
  );
  /** `evolve` for a state nobody else holds, which may be changed in place: most entries then need no copy. */
  const advance = (state: State, event: AnyEvent): State => {
    const known = events.get(event.kind);
    const change = known?.fold(state, event) ?? UNCHANGED;
    const { seq: head, recorded } = event;
    const changed = change === UNCHANGED ? state : { ...state, ...change };
    return Object.assign(changed, known && always?.(event), { head, recorded });
  };
  return {
    commands,
    events,
    /** Never throws. */
    decide(state: State, command: CommandOf<T>, context: Context): Decision<DraftOf<T>> {
      const known = commands.get(command.kind);
      if (known === undefined) return refuse('invalid', noCommand(command.kind));
      // `drafting` checks that kind and data belong together.
      return admit(state, command, context) ?? (known.decide(state, command, context) as Decision<DraftOf<T>>);
    },
    /** The state after `event`. Events come in seq order; one of an unknown kind changes nothing. */
    evolve: (state: State, event: AnyEvent): State => advance({ ...state }, event),
    advance,
    /** In words; unsafe text. */
    sentence: (event: AnyEvent): string =>
      events.get(event.kind)?.sentence(event) ?? `an entry of a kind this version does not know: ${shown(event.kind)}`,
    mark(event: AnyEvent): Mark {
      const known = events.get(event.kind);
      return known?.mark?.(event) ?? (known?.level === 'system' ? 'quiet' : 'plain');
    },
    /** Values of the filter `kind:` that find it. */
    findsBy(event: AnyEvent): readonly string[] {
      const known = events.get(event.kind);
      const one = known?.findsAs?.(event);
      return one === undefined ? (known?.finds ?? []) : [one];
    },
    /** In words; unsafe text. */
    pending: (command: AnyCommand): string =>
      commands.get(command.kind)?.pending?.(command) ?? `a command this version does not know: ${shown(command.kind)}`,
    /** What is wrong with the data of a known kind; null: nothing. */
    dataFault({ kind, data }: Pick<AnyEvent, 'kind' | 'data'>): string | null {
      const shape = events.get(kind)?.shape;
      if (shape === undefined || v.is(shape, data)) return null;
      const { issues } = v.safeParse(shape, data, { abortEarly: true });
      return issues === undefined ? null : `${v.getDotPath(issues[0]) ?? 'data'}: ${issues[0].message}`;
    },
    // The map loses the types inferred from the shapes.
    /** Reads a console's command. Unknown fields are kept, after the known ones. */
    command: command as v.GenericSchema<unknown, CommandOf<T>>,
    /** Reads an event; data of an unknown kind is not checked. */
    event: event as v.GenericSchema<unknown, unknown> as v.GenericSchema<unknown, EventOf<T>>,
  };
}
