/** Commands of every kind that the core knows, made from their shapes: a new kind is covered without a change here. */
import * as v from 'valibot';
import type { Command } from '../../src/incident/command.ts';
import { hubRecord, type HubRecordCommand } from '../../src/incident/hub-record.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';
import type { Shape } from '../../src/incident/topic.ts';
import fc from '../support/property.ts';
import { at } from './story.ts';

interface Choices {
  readonly people: readonly string[];
  /** Cut to what the shape allows. */
  readonly texts: readonly string[];
  /** The highest seq that commands refer to. */
  readonly refs: number;
}
type Known =
  | v.ArraySchema<v.GenericSchema, undefined>
  | v.BooleanSchema<undefined>
  | v.ExactOptionalSchema<v.GenericSchema, undefined>
  | v.LiteralSchema<true, undefined>
  | v.NullableSchema<v.GenericSchema, undefined>
  | v.NumberSchema<undefined>
  | v.PicklistSchema<readonly string[], undefined>
  | v.RecordSchema<v.GenericSchema<string>, v.GenericSchema, undefined>
  | v.StringSchema<undefined>
  | Shape;

/** A text that no shape bounds comes from the hub's own configuration. */
const UNBOUNDED = 300;

export const internalKinds: ReadonlySet<string> = new Set(
  [...INCIDENT.commands].flatMap(([kind, { pending }]) => (pending === undefined ? [kind] : [])),
);

/** The id of the entry with that seq. */
export const idOf = (seq: number): string => `01ARZ3NDEKTSV4RRFF${String(seq).padStart(8, '0')}`;

/** For each kind of command of an incident, commands of it. */
export const commandsByKind = (choices: Choices): ReadonlyMap<string, fc.Arbitrary<Command>> =>
  made<Command>(INCIDENT.commands, choices);
/** The same of the hub's own record. */
export const hubCommandsByKind = (choices: Choices): ReadonlyMap<string, fc.Arbitrary<HubRecordCommand>> =>
  made<HubRecordCommand>(hubRecord.commands, choices);

function made<C>(
  commands: ReadonlyMap<string, { readonly shape: Shape }>,
  { people, texts, refs }: Choices,
): ReadonlyMap<string, fc.Arbitrary<C>> {
  const seq = fc.integer({ min: 1, max: refs });
  const usual: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    ref: seq,
    re: seq,
    after: fc.oneof(fc.constant(0), seq),
    n: fc.integer({ min: 1, max: 7 }),
    incident: fc.integer({ min: 1, max: 60 }).map((n) => `2026-11-23-other-${n}`),
    name: fc.constantFrom(...people),
    alert: fc.constantFrom('a1', 'a2', 'a3'),
    id: fc.integer({ min: 1, max: refs }).map(idOf),
    to: fc.constantFrom(...people),
    // Of alerts, from the hub's configuration.
    ackMs: fc.constantFrom(1, 300_000),
    forMs: fc.constantFrom(1, 60_000, 86_400_000),
    seen: fc.constantFrom(...people),
    hash: fc.constant('0f'.repeat(32)),
  };
  const textOf = (shape: v.GenericSchema): fc.Arbitrary<unknown> => {
    const times = [at(-90), at(0), at(1)];
    const cut = texts.map((text) => text.slice(0, longestOf(shape) ?? UNBOUNDED));
    return fc.constantFrom(...[...cut, ...times, ...people].filter((text) => v.is(shape, text)));
  };
  const valueOf = (name: string, schema: v.GenericSchema): fc.Arbitrary<unknown> => {
    const shape = schema as Known;
    if (shape.type === 'exact_optional' || shape.type === 'nullable') return valueOf(name, shape.wrapped);
    if (shape.type === 'object') return objectOf(shape);
    if (shape.type === 'array') return fc.array(valueOf(name, shape.item), { maxLength: 3 });
    if (shape.type === 'picklist') return fc.constantFrom(...shape.options);
    if (shape.type === 'literal') return fc.constant(shape.literal);
    if (shape.type === 'boolean') return fc.boolean();
    if (shape.type === 'record') return fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('x', 'y'));
    const any = (): fc.Arbitrary<unknown> =>
      shape.type === 'number' ? fc.constantFrom(1, 12, 60_000, 3_600_000, Number.MAX_SAFE_INTEGER) : textOf(schema);
    return (usual[name] ?? any()).filter((value) => v.is(schema, value));
  };
  const objectOf = ({ entries }: Shape): fc.Arbitrary<object> =>
    fc.record(Object.fromEntries(Object.entries(entries).map(([name, shape]) => [name, valueOf(name, shape)])), {
      requiredKeys: Object.keys(entries).filter((name) => entries[name]?.type !== 'exact_optional'),
    });
  return new Map(
    [...commands].map(([kind, { shape }]) => [
      kind,
      objectOf(shape).map((fields) => {
        v.assert(shape, fields);
        return { kind, ...fields } as C;
      }),
    ]),
  );
}

function longestOf(shape: v.GenericSchema): number | undefined {
  const { pipe = [] } = shape as {
    readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
  };
  const longest = pipe.find(({ type }) => type === 'max_length')?.requirement;
  return typeof longest === 'number' ? longest : undefined;
}
