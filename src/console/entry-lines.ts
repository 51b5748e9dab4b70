/** An entry as lines: in a list, in full, in the plain mode, on the clipboard; and the brief of an incident. Pure. */
import type { Event } from '../incident/event.ts';
import { joinLines, padLine, span, type Line } from '../terminal/text.ts';
import { eventText } from '../../panels/entry.ts';
import { alsoIn, correlationIds } from '../incident/correlation.ts';
import { brief, type BriefPart } from '../incident/brief.ts';
import type { NextItem } from '../incident/next-item.ts';
import type { Incident } from '../incident/incident.ts';
import { twoColumns, textLine, textLines } from './modal-parts.ts';
import type { Ui } from './state.ts';
import type { View } from './view.ts';
import { dateTime, dayedTime, zoneName, type Zone } from '../incident/time.ts';

/** The text of an entry after its corrections. */
function wordsOf(event: Event, view: View): string {
  const amends = view.incident?.annotations[event.seq]?.amends ?? [];
  return amends.findLast(({ text }) => text !== undefined)?.text ?? eventText(event);
}

/** `12:59:11 bob  suspect deploy 4f2c1a  #33`. */
export function entryLine(event: Event, view: View, ui: Ui, cols: number): Line {
  const time = span(`${dayedTime(Date.parse(event.at), view.now, ui.zone, true)} `, 'dim');
  const left: Line = [time, ...padLine([span(event.by.name, 'info')], 9), span(` ${wordsOf(event, view)}`)];
  return joinLines(left, [span(` #${event.seq}`, 'dim')], cols);
}

/** The correlation ids of an entry that a person wrote. */
export const idsIn = (event: Event): readonly string[] =>
  event.kind === 'noted' ? correlationIds(event.data.text) : [];

export const writtenBy = ({ by, via }: Event): string => `${by.name} (${by.role}), by ${via}`;

/** Entries that are named for an id, at most. */
const LINKED = 10;
const numbers = (seqs: readonly number[]): string =>
  `${seqs
    .slice(-LINKED)
    .map((seq) => `#${seq}`)
    .join(', ')}${seqs.length > LINKED ? ` and ${seqs.length - LINKED} earlier` : ''}`;

/** An entry in full, with its corrections and the entries with the same correlation ids. */
export function entryHistory(event: Event, view: View, ui: Ui, cols: number): readonly Line[] {
  const at = (instant: string): string => dateTime(Date.parse(instant), ui.zone);
  const note = view.incident?.annotations[event.seq];
  const [happened, recorded] = [at(event.at), at(event.recorded)];
  const lines: Line[] = [
    ...textLines(happened === recorded ? happened : `happened ${happened}   recorded ${recorded}`, cols, 'dim'),
    ...(cols < 60 ? [] : [[]]),
    ...textLines(eventText(event), cols),
  ];
  if (event.ref !== undefined) lines.push([], textLine(`about #${event.ref}`, 'dim'));
  for (const amend of note?.amends ?? []) {
    lines.push([], ...textLines(`amended by ${amend.by} ${at(amend.at)}: ${amend.why}`, cols, 'info'));
    if (amend.text !== undefined) lines.push(...textLines(amend.text, cols));
    if (amend.newAt !== undefined) lines.push(textLine(`happened ${at(amend.newAt)}`, 'dim'));
  }
  const { retracted } = note ?? {};
  if (retracted)
    lines.push([], ...textLines(`retracted by ${retracted.by} ${at(retracted.at)}: ${retracted.why}`, cols, 'warn'));
  const others = view.events.filter(({ seq }) => seq !== event.seq);
  const linked = alsoIn(wordsOf(event, view), () => others.map((other) => [other.seq, wordsOf(other, view)] as const));
  for (const [id, seqs] of linked) lines.push([], ...textLines(`${id} also in ${numbers(seqs)}`, cols, 'info'));
  if (note?.pinned) lines.push([], textLine('pinned', 'info'));
  return lines;
}

/** An entry in the plain mode, where nothing is cut. */
export function plainEntryLines(event: Event, view: View, { zone }: Ui): readonly Line[] {
  const [first = '', ...rest] = wordsOf(event, view).split('\n');
  const retracted = view.incident?.annotations[event.seq]?.retracted ? ' (retracted)' : '';
  const time = `${dayedTime(Date.parse(event.at), view.now, zone, true)} ${zoneName(zone)}`;
  const head = textLine(`${time} ${event.by.name}: ${first}${retracted} #${event.seq}`);
  return [head, ...rest.map((row) => textLine(`    ${row}`))];
}

export const briefLines = (
  incident: Incident,
  now: number,
  cols: number,
  next: readonly NextItem[] = [],
): readonly Line[] => partLines(brief(incident, now, next), cols);

/** The parts of a brief, with the headings at the left. */
export function partLines(parts: readonly BriefPart[], cols: number): readonly Line[] {
  const left = Math.min(18, Math.floor(cols / 3));
  return parts.flatMap(({ heading, lines }) =>
    lines.flatMap((text, i) =>
      textLines(text, Math.max(1, cols - left)).map((row, j) =>
        twoColumns(i === 0 && j === 0 ? textLine(heading, 'title') : [], left, row),
      ),
    ),
  );
}

export const copyText = (event: Event, zone: Zone): string =>
  `${dateTime(Date.parse(event.at), zone)} ${event.by.name}: ${eventText(event)} (#${event.seq})`;
