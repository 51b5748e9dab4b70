/** The busiest and the biggest processes of a host: what an inspection found, and how long ago. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { cutLine, span } from '../src/terminal/text.ts';
import type { Poll } from './metric.ts';
import { bytes, percent } from './numbers.ts';
import { numberColumn, textColumn, table, type Column, type Section } from './table.ts';

const PROCESSES: readonly Column<Row>[] = [
  numberColumn('cpu', percent),
  numberColumn('memory', bytes, 'bytes'),
  textColumn('pid'),
  textColumn('name'),
];

/** what an inspection found; else how to begin one. */
export function processSections(
  { reading: { facts, rows = {} }, now, target }: Poll,
  cols: number,
): readonly Section[] {
  const { sampled, sampled_at: at = '', inspects } = facts;
  if (sampled === undefined && inspects === undefined) return [];
  if (rows['busiest'] === undefined) {
    const words = `  /inspect ${target.name} shows ${inspects}`;
    return [{ title: 'processes', lines: [cutLine([span(words, 'dim')], cols)] }];
  }
  const when = `${age(Math.max(0, now - Date.parse(at)))} ago`;
  return [
    { title: `busiest processes, ${when}`, lines: table(PROCESSES, rows['busiest'], cols, 5) },
    { title: `biggest processes, ${when}`, lines: table(PROCESSES, rows['biggest'] ?? [], cols, 5) },
  ];
}
