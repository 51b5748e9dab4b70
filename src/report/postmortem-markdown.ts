/** The postmortem as Markdown and as a page: the handbook's template, filled from the record. Pure. */
import MarkdownIt, { type Token } from 'markdown-it';
import { SECTIONS, type SectionId } from '../incident/postmortem.ts';
import { isoTime } from '../incident/time.ts';
import { htmlPage } from './html.ts';
import { HIDDEN_IN_MARKDOWN, markdownText, plainMarkdown, table } from './markdown.ts';
import { asked, type FollowUpAction, type PostmortemFacts } from './postmortem.ts';

/** `2026-11-23 14:02:11Z` */
const moment = (at: number): string => isoTime(at, 'utc').replace('T', ' ');

/**
 * The handbook's template with the parts that the record fills. `section`: what people write, with its heading, below what
 * is `recorded` of it; `actions`: their table.
 */
export function postmortemDocument(
  facts: PostmortemFacts,
  section: (id: SectionId, recorded?: string) => string,
  actions: string,
): string {
  const { title, summary, impact, timeline, leftOut, unrecorded, incident } = facts;
  return `${[
    `# Incident Postmortem: ${plainMarkdown(title)}`,
    '## Summary',
    table(
      ['Field', 'Value'],
      summary.map(([name, value]) => [name, plainMarkdown(value)]),
    ),
    section('impact', impact.map((line) => `- ${plainMarkdown(line)}`).join('\n')),
    '## Timeline (All times UTC)',
    table(
      ['Time', 'Event'],
      timeline.map(({ at, seq, text }) => [moment(at), `${plainMarkdown(text)} #${seq}`]),
    ),
    ...(unrecorded.length === 0 ? [] : [`Not in the record: ${unrecorded.join('; ')}.`]),
    ...(leftOut === 0
      ? []
      : [`${leftOut} further entries are in the record: \`warroom export --incident ${incident.id}\`.`]),
    ...(['cause', 'factors', 'well', 'poorly'] as const).map((id) => section(id)),
    `## Action Items\n\n${actions}`,
    ...(['lessons', 'whys'] as const).map((id) => section(id)),
  ].join('\n\n')}\n`;
}

const ACTION_COLUMNS = ['Action', 'Owner', 'Due Date', 'Ticket', 'Done'];

function actionTable(actions: readonly FollowUpAction[]): string {
  if (actions.length === 0) return 'None. Is there really nothing to do? `warroom actions add`';
  const cells = actions.map(({ seq, text, owner, due, ticket, done }) => [
    `${plainMarkdown(text)} #${seq}`,
    plainMarkdown(owner ?? '') || '*nobody yet*',
    due?.slice(0, 10) ?? '*no date yet*',
    plainMarkdown(ticket ?? ''),
    done?.at.slice(0, 10) ?? '',
  ]);
  return table(ACTION_COLUMNS, cells);
}

export function postmortemMarkdown(facts: PostmortemFacts): string {
  const section = (id: SectionId, recorded?: string): string => {
    const text = facts.incident.postmortem?.sections[id]?.text ?? '';
    // An answer stands below its question.
    const written = id === 'whys' ? text.replaceAll(/\n(?=\s*(?:→|->|=>) )/g, '  \n') : text;
    const shown = text === '' ? `*${asked(id)}*` : sectionMarkdown(written);
    return [`## ${SECTIONS[id].title}`, ...(recorded === undefined ? [] : [recorded]), shown].join('\n\n');
  };
  return postmortemDocument(facts, section, actionTable(facts.actions));
}

/** A table, and room for nothing but text: what people wrote is markup of words, not of pages. */
const RENDERED = new MarkdownIt({ html: false, linkify: false }).disable(['image']);
const STYLE =
  'table{border-collapse:collapse;width:100%}th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:left;vertical-align:top}th{color:var(--dim)}pre{overflow-x:auto}td:first-child{min-width:11rem}@media(max-width:40rem){td:first-child{min-width:6rem}th,td{padding:.15rem .25rem}}ol{list-style:decimal;padding-left:1.5rem}ol>li{display:list-item;border:0;padding:.1rem 0}';

/** A page of its own, without anything that is loaded. */
export const postmortemHtml = (facts: PostmortemFacts): string =>
  htmlPage(`Incident Postmortem: ${facts.title}`, RENDERED.render(postmortemMarkdown(facts)), STYLE);

/** As a reader with everything switched on would understand it. */
const OPEN = new MarkdownIt({ html: true, linkify: false });

/**
 * A section within the document: its headings stand below those of the template, and it holds no HTML, no image and no
 * fence that is left open. Where that cannot be had, it is shown as plain text.
 */
export function sectionMarkdown(text: string): string {
  const shown = text.replace(HIDDEN_IN_MARKDOWN, '\ufffd');
  const kept = tamed(shown);
  return isTame(kept)
    ? kept
    : shown
        .split('\n')
        .map((line) => markdownText(line))
        .join('  \n')
        .replace(/^(\s*)([#+\-=>~]|\d+(?=[.)]))/gm, '$1\\$2');
}

/** No markup in it reaches beyond the section. */
function isTame(text: string): boolean {
  const tokens = OPEN.parse(`${text}\n\n## end`, {});
  const flat = tokens.flatMap((token) => [token, ...(token.children ?? [])]);
  const headings = tokens.filter(({ type }) => type === 'heading_open');
  return (
    !flat.some(({ type }) => type.startsWith('html_') || type === 'image') &&
    headings.at(-1)?.level === 0 &&
    tokens.at(-2)?.content === 'end' &&
    headings.slice(0, -1).every(({ tag }) => tag > 'h2')
  );
}

function tamed(text: string): string {
  const lines = text.split('\n');
  const tokens = OPEN.parse(text, {});
  const isCode = new Set<number>();
  for (const token of tokens) {
    const [from, to] = token.map ?? [0, 0];
    if (token.type === 'fence' || token.type === 'code_block') for (let i = from; i < to; i++) isCode.add(i);
    if (token.type === 'heading_open') lowerHeading(lines, token);
  }
  return partsOf(lines, isCode).join('\n');
}

/** Below the headings of the template. */
function lowerHeading(lines: string[], { map, markup, tag }: Token): void {
  const [from, to] = map ?? [0, 0];
  const marks = '#'.repeat(Math.min(6, Number(tag.slice(1)) + 2));
  if (markup.startsWith('#')) lines[from] = (lines[from] ?? '').replace(/#{1,6}/, marks);
  else {
    lines[from] = (lines[from] ?? '').replace(/\S/, `${marks} $&`);
    lines[to - 1] = '';
  }
}

/** The lines with HTML and images made text, but for those of code. */
function partsOf(lines: readonly string[], isCode: ReadonlySet<number>): readonly string[] {
  const parts: string[] = [];
  let prose: string[] = [];
  const end = (): void => {
    if (prose.length > 0) parts.push(escapedProse(prose.join('\n')));
    prose = [];
  };
  for (const [i, line] of lines.entries()) {
    if (!isCode.has(i)) {
      prose.push(line);
      continue;
    }
    end();
    parts.push(line);
  }
  end();
  return parts;
}

/** Not in code spans, and not what is escaped already; `<https://…>` is a link. */
const escapedProse = (text: string): string =>
  text.replaceAll(
    /(`+)(?!`)[^]*?(?<!`)\1(?!`)|<(?:https?:|mailto:)[^\s<>]*>|\\[^]|<(?=[A-Za-z/!?])|!(?=\[)/g,
    (found) => (found === '<' || found === '\\<' ? '&lt;' : found === '!' ? '\\!' : found),
  );
