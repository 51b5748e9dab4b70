/** The incident as Markdown that people read and paste: a summary and the timeline in UTC. Pure. */
import { clockTime, dayOf, spanInWords } from '../incident/time.ts';
import { lateness, summaryOf, utc } from './summary.ts';
import { silencesOf, type ReportEntry, type IncidentReport } from './timeline.ts';

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
  const gaps = silencesOf(report);
  return `${[
    `# ${markdownText(incident.title ?? incident.id)}`,
    ['| | |', '| --- | --- |', ...summaryOf(report).map(([name, value]) => row(name, value))].join('\n'),
    ...(incident.decisions.length === 0
      ? []
      : ['## Decisions', list(incident.decisions.map(({ seq, text, by }) => `${text} (#${seq}, ${by})`))]),
    ...(incident.open.length === 0
      ? []
      : [
          '## Still open',
          list(incident.open.map(({ seq, form, text, by, to }) => `${form} #${seq}: ${text} (${to ?? by})`)),
        ]),
    '## Timeline',
    'All times are UTC.',
    ...days(shown),
    ...(gaps.length === 0
      ? []
      : [
          '## Gaps',
          list(
            gaps.map(({ from, to }) => `${utc(from)} to ${utc(to)}: nothing was written for ${spanInWords(to - from)}`),
          ),
        ]),
    ...(hidden === 0 ? [] : [`${hidden} entries of the program itself are left out; CSV and jsonl have them.`]),
  ].join('\n\n')}\n`;
}

const row = (name: string, value: string): string => `| ${name} | ${markdownText(value.replaceAll(/[\r\n]+/g, ' '))} |`;
const list = (lines: readonly string[]): string => lines.map((line) => `- ${linesWithin(line)}`).join('\n');

/** A heading for each day, and its entries. */
function days(entries: readonly ReportEntry[]): readonly string[] {
  const parts: string[] = [];
  let lines: string[] = [];
  let day = '';
  for (const entry of entries) {
    const own = dayOf(entry.at, 'utc');
    if (own !== day) {
      if (lines.length > 0) parts.push(lines.join('\n'));
      parts.push(`### ${(day = own)}`);
      lines = [];
    }
    lines.push(entryLine(entry));
  }
  return lines.length === 0 ? parts : [...parts, lines.join('\n')];
}

function entryLine(entry: ReportEntry): string {
  const { event, at, lateMs, text } = entry;
  const { retracted = null } = entry.annotation ?? {};
  const body = retracted === null ? linesWithin(text) : linesWithin(text).replace(/\S.*\S|\S/g, '~~$&~~');
  const notes = [lateness(lateMs), ...notesOf(entry)].filter((note) => note !== '');
  const after = notes.length === 0 ? '' : ` *(${linesWithin(notes.join('; '))})*`;
  return `- ${clockTime(at, 'utc')} **${markdownText(event.by.name)}** #${event.seq}: ${body}${after}`;
}

/** Where it came from, and how it was corrected. */
export function notesOf({ event, original, annotation }: ReportEntry): readonly string[] {
  const { amends = [], retracted = null, pinned = false } = annotation ?? {};
  return [
    ...(pinned ? ['pinned'] : []),
    ...(event.via === 'import' ? ['imported'] : []),
    ...amends.map(({ by, at, why }) => `amended by ${by} ${utc(at)}: ${why}`),
    ...(original === null ? [] : [`before: ${original}`]),
    ...(retracted === null ? [] : [`retracted by ${retracted.by} ${utc(retracted.at)}: ${retracted.why}`]),
  ];
}
