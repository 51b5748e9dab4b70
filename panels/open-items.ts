/** Open questions, actions and hypotheses; below them the decisions and the pinned entries. */
import { moreOpen } from '../src/incident/brief.ts';
import type { Incident, OpenItem } from '../src/incident/incident.ts';
import { age, dayedTime, runningClock } from '../src/incident/time.ts';
import { groupedNumber } from '../src/incident/words.ts';
import {
  cutLine,
  joinLines,
  lineWidth,
  span,
  wrapText,
  type Line,
  type Size,
  type Span,
} from '../src/terminal/text.ts';
import { eventText, personTone } from './entry.ts';
import { limited, textRow } from './lines.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';

/** Sign and plural of each form; somebody waits for an answer to a question, so these come first. */
const FORMS: readonly (readonly [OpenItem['form'], string, string])[] = [
  ['question', '?', 'questions'],
  ['action', '+', 'actions'],
  ['hypothesis', '~', 'hypotheses'],
];

const isOverdue = ({ due }: OpenItem, now: number): boolean => due !== undefined && Date.parse(due) <= now;

/** `? #11 @bob did anything change … 5m`. */
function itemRow(item: OpenItem, sign: string, { now, zone, me }: Model, cols: number): Line {
  const due = item.due === undefined ? null : Date.parse(item.due);
  const whom = item.to ?? item.by;
  const left: Line = [
    span(`${sign} `, item.form === 'question' ? 'warn' : 'info'),
    span(`#${item.seq} `, 'dim'),
    span(`@${whom} `, personTone(whom, me)),
    span(bare(item, whom)),
  ];
  const tone = item.form === 'action' ? 'warn' : 'crit';
  if (due !== null && due <= now) return joinLines(left, [span(`LATE ${age(now - due)}`, tone, { bold: true })], cols);
  const when = due === null ? age(now - Date.parse(item.at)) : `due ${dayedTime(due, now, zone)}`;
  return joinLines(left, [span(when, 'dim')], cols);
}

/** The text without the name and the time that stand beside it. */
export function bare({ text, due }: { readonly text: string; readonly due?: string | null }, whom: string): string {
  const said = text.startsWith(`@${whom} `) ? text.slice(whom.length + 2) : text;
  return due == null ? said : said.replace(/\s+(?:due|by)\s+\S+$/i, '');
}

/** The pinned entries, in the order they were written. */
function pins({ annotations, decisions, more }: Incident, { events }: Model, cols: number): readonly Line[] {
  const rows = Object.entries(annotations).flatMap(([key, { pinned, amends, retracted }]) => {
    const seq = Number(key);
    if (!pinned || retracted !== null || decisions.some((decision) => decision.seq === seq)) return [];
    const event = events.find((each) => each.seq === seq);
    const amended = amends.findLast((each) => each.text !== undefined)?.text;
    const said = amended ?? (event === undefined ? 'further back' : eventText(event));
    return [cutLine([span('pinned ', 'key'), span(`#${seq} `, 'dim'), span(said)], cols)];
  });
  const hidden = more?.pins ?? 0;
  if (hidden === 0) return rows;
  return [...rows, textRow(`and ${groupedNumber(hidden)} more pinned, in the timeline`, cols)];
}

/** The decisions that stand or wait, newest first; the newest in at most `most` rows, the others in one. */
function decisions({ decisions: all }: Incident, { now }: Model, cols: number, most: number): readonly Line[] {
  return all.toReversed().flatMap(({ seq, text, by, state, objectionsUntil, agreed, objected }, i) => {
    const word = state === 'open' ? 'objections? ' : 'OBJECTED ';
    const waits = state === 'stands' ? [] : [span(word, 'warn', { bold: true })];
    const isOpen = state === 'open' && objectionsUntil !== undefined;
    const until = isOpen ? ` ${runningClock(Date.parse(objectionsUntil) - now)}` : '';
    const agree = agreed.length === 0 ? [] : [`${agreed.length} agree`];
    const votes = [by, ...agree, ...objected.map(({ name }) => `${name} objects`)].join('; ');
    const said = `#${seq} ${text} (${votes})${until}`;
    const rows = wrapText(said, Math.max(1, cols - 2 - lineWidth(waits)));
    const shown = i > 0 || most === 1 ? [said] : rows.slice(0, most);
    return shown.map((row, n) =>
      cutLine([span(n === 0 ? '* ' : '  ', 'key'), ...(n === 0 ? waits : []), span(row)], cols),
    );
  });
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const { incident } = model;
  if (incident === null) {
    const words = model.link.state === 'live' ? 'no incident is open here' : 'not known yet what is open';
    return [textRow(words, cols)];
  }
  const owed = FORMS.flatMap(([form, sign]) =>
    incident.open.filter((item) => item.form === form).map((item) => itemRow(item, sign, model, cols)),
  );
  const left = incident.more?.open ?? 0;
  const below = (most: number): readonly Line[] => [
    ...decisions(incident, model, cols, most),
    ...pins(incident, model, cols),
  ];
  const tall = below(3);
  // One row each where room is short: what is hidden is counted by its rows.
  const rest = owed.length + tall.length + Math.sign(left) > rows ? below(1) : tall;
  if (owed.length + rest.length + left === 0) return [textRow('nothing open', cols)];
  const isGap = owed.length > 0 && rest.length > 0 && owed.length + rest.length < rows;
  const lines = [...owed, ...(isGap ? [[]] : []), ...rest];
  const last = (words: string): Line => textRow(words, cols, 'warn');
  const more = incident.more && left > 0 ? [last(moreOpen(incident.more))] : [];
  return limited([...lines, ...more], rows, (hidden) =>
    last(`+${groupedNumber(hidden.length - more.length + left)} more`),
  );
}

function summary(model: Model, cols: number): Line {
  const open = model.incident?.open ?? [];
  const counts = FORMS.flatMap(([form, , plural]) => {
    const count = open.filter((item) => item.form === form).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? form : plural}`];
  });
  const left = model.incident?.more?.open ?? 0;
  if (left > 0) counts.push(`${groupedNumber(left)} more`);
  const late = open.filter((item) => isOverdue(item, model.now)).length;
  const tail: Span[] = late === 0 ? [] : [span(` · ${late} LATE`, 'crit', { bold: true })];
  return cutLine([span('OPEN ', 'title'), span(counts.length === 0 ? 'nothing' : counts.join(' · ')), ...tail], cols);
}

export const openItemsPanel: Panel = {
  id: 'open',
  title: 'OPEN',
  letter: 'Q',
  wants: (model, cols) => Math.min(12, render(model, { cols, rows: 100 }).length),
  health: ({ incident, now }) => (incident?.open.some((item) => isOverdue(item, now)) ? 'warn' : 'none'),
  summary,
  render,
};
