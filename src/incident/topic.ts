/**
 * How a record is made of topics. A topic is all that is known about one matter: its commands (shape, decision) and its
 * events (shape, fold, words). `aggregate` turns a list of topics into one `decide`, one `evolve`, the shapes for
 * validation, and the words; `CommandOf` and `EventOf` are its types.
 */
import * as v from 'valibot';
import { refuse, type Decision, type Drafted, type Refusal } from './decision.ts';
import { byKey, envelope } from './shapes.ts';
import type { Envelope, Instant, Level } from './vocabulary.ts';

/** The fields of a command, or of an event's data. */
export type Shape = v.ObjectSchema<v.ObjectEntries, undefined>;
type Fields<S extends Shape> = Readonly<v.InferOutput<S>>;
/** An event of a definition with the shape `S`. */
type Happened<S extends Shape> = Envelope & { readonly data: Fields<S> };

/** How much an entry of the timeline stands out, and as what; the screen has a sign and a colour for each. */
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

export interface CommandDefinition<State, Context, S extends Shape = Shape> {
  /** Its fields besides `kind`. Their order is part of the hash that tells a retry from another command. */
  readonly shape: S;
  /** Only the hub, its rules and its intakes ask for it; it is refused from a console. */
  readonly internal?: true;
  /** What it leads to. Pure and total: it never throws, and a refusal changes nothing. */
  decide(state: State, command: Fields<S>, context: Context): Decision;
  /** What it asks for, in words, while it is not on the record; unsafe text. */
  pending(command: Fields<S>): string;
}

export interface EventDefinition<State, S extends Shape = Shape> {
  /** Its data. */
  readonly shape: S;
  /** The usual level. */
  readonly level: Level;
  /** The usual visibility; internal when absent. */
  readonly visibility?: 'public';
  /** Data that is left out where it is written, because it goes without saying. Not for new kinds: older readers do not know it. */
  readonly implied?: Partial<Fields<S>>;
  /** What it makes different. Pure and total. */
  fold(state: State, event: Happened<S>): Partial<State>;
  /** What happened, as people read it; unsafe text. */
  sentence(event: Happened<S>): string;
  /** The words of the filter `kind:` that find it. */
  readonly finds: readonly string[];
  /** The only one of `finds` that finds this event; all of them when absent. */
  findsAs?(event: Happened<S>): string;
  /** `plain` when absent. */
  mark?(event: Happened<S>): Mark;
}

export interface Topic<State, Context> {
  readonly commands: Readonly<Record<string, CommandDefinition<State, Context>>>;
  readonly events: Readonly<Record<string, EventDefinition<State>>>;
}

/** The part of a state that every fold keeps. */
export interface Folded {
  /** Seq of the last event. */
  readonly head: number;
  readonly recorded: Instant | null;
}

/** `command` and `event` infer the type of the fields from the shape; both are for records with this state and context. */
export const topicsOf = <State extends Folded, Context extends { readonly now: Instant }>(
  actorOf: (state: State, context: Context) => Pick<Envelope, 'by' | 'via'>,
) => ({
  command: <S extends Shape>(definition: CommandDefinition<State, Context, S>) => definition,
  event: <S extends Shape>(definition: EventDefinition<State, S>) => definition,
  /** Makes drafts of `events`, by the context's actor, now, at the usual level and visibility unless `more` says otherwise. */
  drafting:
    <E extends Topic<State, Context>['events']>(events: E) =>
    <K extends keyof E & string>(
      state: State,
      context: Context,
      kind: K,
      data: Fields<E[K]['shape']>,
      more: Partial<Pick<Envelope, 'at' | 'level' | 'visibility' | 'ref'>> = {},
    ): Drafted => {
      const { level = 'normal', visibility = 'internal' } = events[kind] ?? {};
      const { at = context.now, ref } = more;
      return {
        kind,
        data,
        at: at === context.now ? at : new Date(at).toISOString(),
        level: more.level ?? level,
        ...actorOf(state, context),
        visibility: more.visibility ?? visibility,
        ...(ref === undefined ? {} : { ref }),
      };
    },
  /** `admit` is asked before every decision: a refusal, or null when the rules of the kind decide. */
  aggregate: <T extends Topic<State, Context>>(
    topics: readonly T[],
    admit: (state: State, command: CommandOf<T>, context: Context) => Refusal | null,
  ) => aggregate(topics, admit),
});

/** The change of an event that makes nothing different but the end of the record. */
export const UNCHANGED: Readonly<Record<string, never>> = {};

/** Any event, of a kind that is known or not. */
export interface AnyEvent extends Envelope {
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}
/** Any command, of a kind that is known or not. */
export type AnyCommand = Readonly<Record<string, unknown>> & { readonly kind: string };

interface TypedTopic {
  readonly commands: Readonly<Record<string, { readonly shape: Shape }>>;
  readonly events: Readonly<Record<string, { readonly shape: Shape }>>;
}
type Kinds<D> = keyof D & string;
/** Every command of the topics `T`. */
export type CommandOf<T extends TypedTopic> = T extends { readonly commands: infer D extends TypedTopic['commands'] }
  ? { [K in Kinds<D>]: { readonly kind: K } & Fields<D[K]['shape']> }[Kinds<D>]
  : never;
/** Kind and data of every event of the topics `T`. */
export type FactOf<T extends TypedTopic> = T extends { readonly events: infer D extends TypedTopic['events'] }
  ? { [K in Kinds<D>]: { readonly kind: K; readonly data: Fields<D[K]['shape']> } }[Kinds<D>]
  : never;
/** What each kind of event of the topics `T` carries. */
export type DataOf<T extends TypedTopic> = { [F in FactOf<T> as F['kind']]: F['data'] };
/** Every event of the topics `T`. */
export type EventOf<T extends TypedTopic> = Envelope & FactOf<T>;
/** Every event of the topics `T` before it has its place in the record. */
export type DraftOf<T extends TypedTopic> = Drafted & FactOf<T>;

/** A record as its topics make it. Each function answers for kinds that are not known here, too. */
export interface Aggregate<State, Context, T extends TypedTopic> {
  /** By kind. */
  readonly commands: ReadonlyMap<string, CommandDefinition<State, Context>>;
  readonly events: ReadonlyMap<string, EventDefinition<State>>;
  /** What `command` leads to. Never throws; a refusal changes nothing. */
  decide(state: State, command: CommandOf<T>, context: Context): Decision<DraftOf<T>>;
  /** The state after `event`. Events come in seq order; one of an unknown kind changes nothing. */
  evolve(state: State, event: AnyEvent): State;
  /** `evolve` for a state that nobody else holds: it may be changed in place. Most entries need no copy then. */
  advance(state: State, event: AnyEvent): State;
  /** What happened, as people read it; unsafe text. */
  sentence(event: AnyEvent): string;
  mark(event: AnyEvent): Mark;
  /** The words of the filter `kind:` that find `event`. */
  findsBy(event: AnyEvent): readonly string[];
  /** What `command` asks for, in words; unsafe text. */
  pending(command: AnyCommand): string;
  /** Reads a command that a console may send. Fields that are not known stay in it, after the known ones. */
  readonly command: v.GenericSchema<unknown, CommandOf<T>>;
  /** Reads an event: of a known kind with the data that kind has; of another kind with any data. */
  readonly event: v.GenericSchema<unknown, EventOf<T>>;
  /** What is wrong with the data of an event of a known kind, in words; null: nothing, or the kind is not known. */
  dataFault(event: Pick<AnyEvent, 'kind' | 'data'>): string | null;
}

/** Longest name of an unknown kind that is shown, in characters. */
const SHOWN = 60;
const shown = (kind: unknown): string => {
  const text = String(kind);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}...`;
};
const isData = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Builds the record of `topics`. `admit` is asked before every decision: a refusal, or null when the kind's own rules decide. */
function aggregate<State extends Folded, Context, T extends Topic<State, Context>>(
  topics: readonly T[],
  admit: (state: State, command: CommandOf<T>, context: Context) => Refusal | null,
): Aggregate<State, Context, T> {
  const commands = new Map(topics.flatMap((topic) => Object.entries(topic.commands)));
  const events = new Map(topics.flatMap((topic) => Object.entries(topic.events)));
  const noCommand = (kind: unknown): string =>
    `this hub is of a version that does not know the command "${shown(kind)}"`;

  const command = byKey(
    'kind',
    [...commands].flatMap(([kind, { shape, internal }]) =>
      internal ? [] : [v.looseObject({ kind: v.literal(kind), ...shape.entries })],
    ),
    v.never(({ input }) => noCommand(isData(input) && 'kind' in input ? input.kind : undefined)),
  );
  const event = byKey(
    'kind',
    [...events].map(([kind, { shape }]) => v.object({ ...envelope, kind: v.literal(kind), data: shape })),
    v.object({ ...envelope, kind: v.string(), data: v.custom(isData, 'data is an object') }),
  );
  const advance = (state: State, event: AnyEvent): State => {
    const change = events.get(event.kind)?.fold(state, event) ?? UNCHANGED;
    const { seq: head, recorded } = event;
    return Object.assign(change === UNCHANGED ? state : { ...state, ...change }, { head, recorded });
  };
  return {
    commands,
    events,
    decide(state, command, context) {
      const known = commands.get(command.kind);
      if (known === undefined) return refuse('invalid', noCommand(command.kind));
      // Each draft was made by `drafting` from a kind and its data; that they belong together is checked there.
      return admit(state, command, context) ?? (known.decide(state, command, context) as Decision<DraftOf<T>>);
    },
    evolve: (state, event) => advance({ ...state }, event),
    advance,
    sentence: (event) =>
      events.get(event.kind)?.sentence(event) ?? `an entry of a kind this version does not know: ${shown(event.kind)}`,
    mark: (event) => events.get(event.kind)?.mark?.(event) ?? 'plain',
    findsBy(event) {
      const known = events.get(event.kind);
      const one = known?.findsAs?.(event);
      return one === undefined ? (known?.finds ?? []) : [one];
    },
    pending: (command) =>
      commands.get(command.kind)?.pending(command) ?? `a command this version does not know: ${shown(command.kind)}`,
    dataFault({ kind, data }) {
      const shape = events.get(kind)?.shape;
      if (shape === undefined || v.is(shape, data)) return null;
      const { issues } = v.safeParse(shape, data, { abortEarly: true });
      return issues === undefined ? null : `${v.getDotPath(issues[0]) ?? 'data'}: ${issues[0].message}`;
    },
    // The shapes are those the types were inferred from; a map of them cannot say so.
    command: command as v.GenericSchema<unknown, CommandOf<T>>,
    event: event as v.GenericSchema<unknown, unknown> as v.GenericSchema<unknown, EventOf<T>>,
  };
}
