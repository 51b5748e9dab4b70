/** The incident as Markdown that people read and paste: a summary and the timeline in UTC. Pure. */
import { clockTime } from '../incident/time.ts';
import { daysOf, listsOf, notesOf, summaryOf } from './summary.ts';
import type { IncidentReport, ReportEntry } from './timeline.ts';

// What begins a construct of Markdown or HTML, and characters without a form or that reorder others.
const SPECIAL = /[\\`*_[\]<|~&]/g;
export const HIDDEN_IN_MARKDOWN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;
/** At the beginning of a line: headings, lists, rules. */
const LEADING = /^(\s*)([#+\-=>]|\d+(?=[.)]))/;

/** Text as one line that says the same once Markdown was read. */
export function markdownText(text: string): string {
  const plain = text.replaceAll('\t', '  ').replace(HIDDEN_IN_MARKDOWN, '\ufffd');
  return plain.replace(SPECIAL, (char) => (char === '<' ? '&lt;' : char === '&' ? '&amp;' : `\\${char}`));
}
/** One line that is no markup. */
export const plainMarkdown = (text: string): string => markdownText(text.replaceAll(/\s+/g, ' ').trim());
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
/** Further lines of an entry stay within its list item. */
const linesWithin = (text: string): string =>
  text
    .split(/\r\n|\r|\n/)
    .map((line, i) => (i === 0 ? markdownText(line) : markdownText(line).replace(LEADING, '$1\\$2')))
    .join('  \n  ');

export function markdownReport(report: IncidentReport): string {
  const { incident, entries } = report;
  const shown = entries.filter(({ event }) => event.level !== 'system');
  const hidden = entries.length - shown.length;
  const lists = listsOf(report);
  const list = (heading: keyof typeof lists): readonly string[] =>
    lists[heading].length === 0
      ? []
      : [`## ${heading}`, lists[heading].map((line) => `- ${linesWithin(line)}`).join('\n')];
  return `${[
    `# ${markdownText(incident.title ?? incident.id)}`,
    ['| | |', '| --- | --- |', ...summaryOf(report).map(([name, value]) => row(name, value))].join('\n'),
    ...list('Decisions'),
    ...list('Still open'),
    '## Timeline',
    'All times are UTC.',
    ...daysOf(shown).flatMap(([day, theirs]) => [`### ${day}`, theirs.map(entryLine).join('\n')]),
    ...list('Gaps'),
    ...(hidden === 0 ? [] : [`${hidden} entries of the program itself are left out; CSV and jsonl have them.`]),
  ].join('\n\n')}\n`;
}

const row = (name: string, value: string): string => `| ${name} | ${markdownText(value.replaceAll(/[\r\n]+/g, ' '))} |`;

function entryLine(entry: ReportEntry): string {
  const { event, at, text } = entry;
  const { retracted = null } = entry.annotation ?? {};
  const body = retracted === null ? linesWithin(text) : linesWithin(text).replace(/\S.*\S|\S/g, '~~$&~~');
  const notes = notesOf(entry);
  const after = notes.length === 0 ? '' : ` *(${linesWithin(notes.join('; '))})*`;
  return `- ${clockTime(at, 'utc')} **${markdownText(event.by.name)}** #${event.seq}: ${body}${after}`;
}
