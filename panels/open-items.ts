/** What is owed: open questions, actions and hypotheses; below them the decisions and the pinned entries. */
import { count, moreOpen } from '../src/incident/brief.ts';
import type { Incident, OpenItem } from '../src/incident/incident.ts';
import { age, clockTime, runningClock } from '../src/incident/time.ts';
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
import { personTone } from './entry.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';
import { eventText } from './event-text.ts';

/** Sign and plural of each form, in the order they are shown: who waits for an answer comes first. */
const FORMS: readonly (readonly [OpenItem['form'], string, string])[] = [
  ['question', '?', 'questions'],
  ['action', '+', 'actions'],
  ['hypothesis', '~', 'hypotheses'],
];

const isOverdue = ({ due }: OpenItem, now: number): boolean => due !== undefined && Date.parse(due) <= now;

/** `? #11 @bob did anything change … 5m`. */
function itemRow(item: OpenItem, sign: string, model: Model, cols: number): Line {
  const late = isOverdue(item, model.now);
  const due = item.due === undefined ? null : Date.parse(item.due);
  const asked = age(Math.max(0, model.now - Date.parse(item.at)));
  const when =
    due === null ? asked : late ? `LATE ${age(model.now - due)}` : `due ${clockTime(due, model.zone, false)}`;
  const whom = item.to ?? item.by;
  const left: Line = [
    span(`${sign} `, item.form === 'question' ? 'warn' : 'info'),
    span(`#${item.seq} `, 'dim'),
    span(`@${whom} `, personTone(whom, model.me)),
    span(bare(item, whom)),
  ];
  return joinLines(left, [span(when, late ? 'crit' : 'dim', late ? { bold: true } : undefined)], cols);
}

/** The words without the name and the time that stand beside them. */
function bare({ text, due }: OpenItem, whom: string): string {
  const said = text.startsWith(`@${whom} `) ? text.slice(whom.length + 2) : text;
  return due === undefined ? said : said.replace(/\s+(?:due|by)\s+\S+$/i, '');
}

function items(incident: Incident, model: Model, cols: number): readonly Line[] {
  return FORMS.flatMap(([form, sign]) =>
    incident.open.filter((item) => item.form === form).map((item) => itemRow(item, sign, model, cols)),
  );
}

/** The entries that were pinned, in the order they were written. */
function pins(incident: Incident, model: Model, cols: number): readonly Line[] {
  const pinned = Object.entries(incident.annotations).flatMap(([seq, { pinned, amends, retracted }]) =>
    pinned && retracted === null && !incident.decisions.some((decision) => decision.seq === Number(seq))
      ? [{ seq: Number(seq), text: amends.findLast((each) => each.text !== undefined)?.text }]
      : [],
  );
  const hidden = incident.more?.pins ?? 0;
  const rest = hidden === 0 ? [] : [cutLine([span(`and ${count(hidden)} more pinned, in the timeline`, 'dim')], cols)];
  const rows = pinned.map(({ seq, text }) => {
    const event = model.events.find((each) => each.seq === seq);
    const said = text ?? (event === undefined ? 'further back' : eventText(event));
    return cutLine([span('pinned ', 'key'), span(`#${seq} `, 'dim'), span(said)], cols);
  });
  return [...rows, ...rest];
}

/** The decisions that stand or wait, the newest first and whole as far as three rows hold it. */
function decisions({ decisions: all }: Incident, model: Model, cols: number): readonly Line[] {
  return all.toReversed().flatMap(({ seq, text, by, state, objectionsUntil, agreed, objected }, i) => {
    const waits =
      state === 'stands' ? [] : [span(state === 'open' ? 'objections? ' : 'OBJECTED ', 'warn', { bold: true })];
    const until =
      state === 'open' && objectionsUntil !== undefined
        ? ` ${runningClock(Date.parse(objectionsUntil) - model.now)}`
        : '';
    const votes = [
      ...(agreed.length === 0 ? [] : [`${agreed.length} agree`]),
      ...objected.map(({ name }) => `${name} objects`),
    ].join(', ');
    const said = `#${seq} ${text} (${by}${votes === '' ? '' : `; ${votes}`})${until}`;
    const rows = wrapText(said, Math.max(1, cols - 2 - lineWidth(waits)));
    return rows
      .slice(0, i === 0 ? 3 : 1)
      .map((row, n) => cutLine([span(n === 0 ? '* ' : '  ', 'key'), ...(n === 0 ? waits : []), span(row)], cols));
  });
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const { incident } = model;
  if (cols < 1 || rows < 1) return [];
  if (incident === null) {
    const words = model.link.state === 'live' ? 'no incident is open here' : 'not known yet what is open';
    return [cutLine([span(words, 'dim')], cols)];
  }
  const owed = items(incident, model, cols);
  const rest = [...decisions(incident, model, cols), ...pins(incident, model, cols)];
  const left = incident.more?.open ?? 0;
  if (owed.length + rest.length + left === 0) return [cutLine([span('nothing open', 'dim')], cols)];
  const all = [...owed, ...rest];
  const lines = owed.length > 0 && rest.length > 0 && all.length < rows ? [...owed, [], ...rest] : all;
  if (lines.length <= rows && left === 0) return lines;
  const hidden = Math.max(0, lines.length - rows + 1);
  const words = hidden === 0 && incident.more ? moreOpen(incident.more) : `+${count(hidden + left)} more`;
  return [...lines.slice(0, rows - 1), cutLine([span(words, 'warn')], cols)];
}

function summary(model: Model, cols: number): Line {
  const open = model.incident?.open ?? [];
  const counts = FORMS.flatMap(([form, , plural]) => {
    const count = open.filter((item) => item.form === form).length;
    return count === 0 ? [] : [`${count} ${count === 1 ? form : plural}`];
  });
  const left = model.incident?.more?.open ?? 0;
  if (left > 0) counts.push(`${count(left)} more`);
  const late = open.filter((item) => isOverdue(item, model.now)).length;
  const tail: Span[] = late === 0 ? [] : [span(` · ${late} LATE`, 'crit', { bold: true })];
  return cutLine([span('OPEN ', 'title'), span(counts.length === 0 ? 'nothing' : counts.join(' · ')), ...tail], cols);
}

export const openItemsPanel: Panel = {
  id: 'open',
  title: 'OPEN',
  letter: 'Q',
  needs: [],
  order: 60,
  wants: (model, cols) => Math.min(12, render(model, { cols, rows: 100 }).length),
  health: ({ incident, now }) => (incident?.open.some((item) => isOverdue(item, now)) ? 'warn' : 'none'),
  summary,
  render,
};
