/** The biggest keys of a Redis, and keys by prefix: what an inspection found, and of how many keys. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { cutLine, span, type Line } from '../src/terminal/text.ts';
import type { Poll } from './metric.ts';
import { bytes, countText } from './numbers.ts';
import { numberColumn, numberCell, textColumn, table, type Column, type Section } from './table.ts';

const BIG: readonly Column<Row>[] = [
  numberColumn('size', bytes, 'bytes'),
  textColumn('type'),
  { title: 'TTL', right: true, of: (row) => ttl(row) },
  textColumn('key'),
];
const PREFIXES: readonly Column<Row>[] = [
  numberColumn('size seen', bytes, 'bytes'),
  numberColumn('keys', countText, 'estimated_keys'),
  numberColumn('no TTL', countText, 'estimated_without_ttl'),
  textColumn('prefix'),
];

function ttl(row: Row): string | ReturnType<typeof span> {
  const left = numberCell(row, 'ttl_s');
  return left === null ? span('none', 'warn') : age(left * 1000);
}

/** what an inspection found: of how many keys, and how long ago; else how to begin one, or why it failed. */
export function keySections({ reading: { facts, rows = {} }, now, target }: Poll, cols: number): readonly Section[] {
  const { sampled, sampled_at: at = '', sampling, unsampled, inspects } = facts;
  const one = (words: string, tone: 'dim' | 'warn'): readonly Line[] => [cutLine([span(`  ${words}`, tone)], cols)];
  if (unsampled !== undefined) return [{ title: 'biggest keys', lines: one(`could not look: ${unsampled}`, 'warn') }];
  if (sampled === undefined) {
    if (inspects === undefined) return [];
    return [{ title: 'biggest keys', lines: one(`/inspect ${target.name} looks for ${inspects}`, 'dim') }];
  }
  const when = sampling === undefined ? `sampled ${age(Math.max(0, now - Date.parse(at)))} ago` : 'so far';
  const from = sampled.startsWith('all ') ? sampled : `estimated from ${sampled}`;
  return [
    { title: `biggest keys, ${sampled} ${when}`, lines: table(BIG, rows['bigkeys'] ?? [], cols, 8) },
    { title: `keys by prefix, ${from}`, lines: table(PREFIXES, rows['prefixes'] ?? [], cols, 6) },
  ];
}
