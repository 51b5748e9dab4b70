/** The postmortem as a file that people edit: what is theirs stands between marks, the rest is from the record. Pure. */
import { blameHints } from '../incident/blameless.ts';
import { shortenText } from '../incident/bounds.ts';
import {
  badCharacter,
  SECTION_IDS,
  SECTION_LENGTH,
  SECTIONS,
  sectionText,
  whysOf,
  type SectionId,
} from '../incident/postmortem.ts';
import { readFuture } from '../incident/time-input.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { table } from './markdown.ts';
import { postmortemDocument } from './postmortem-markdown.ts';
import type { FollowUpAction, PostmortemFacts } from './postmortem.ts';

const PARTS = [...SECTION_IDS, 'actions'] as const;
type Part = (typeof PARTS)[number];

const MARK = String.raw`<!--\s*(begin|end) (${PARTS.join('|')})\s*-->\s*$`;
const MARKED = new RegExp(String.raw`^\s*${MARK}`);
/** A line of a text that looks like a mark; one more backslash, or one less, tells it from one. */
const LOOKS_MARKED = new RegExp(String.raw`^\\*\s*${MARK}`);

const begin = (part: Part): string => `<!-- begin ${part} -->`;
const end = (part: Part): string => `<!-- end ${part} -->`;
/** Two dashes would end a comment. */
const comment = (text: string): string =>
  `<!-- ${shortenText(text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f\u2028-\u202e]+/g, ' ').replaceAll(/-{2,}/g, '-'), 300)} -->`;

/** `people`: who took part. */
export function editFile(facts: PostmortemFacts & { readonly people: readonly string[] }): string {
  const { incident, title, evidence, people } = facts;
  const section = (id: SectionId, recorded?: string): string => {
    const { title: heading, asks, hint } = SECTIONS[id];
    const written = incident.postmortem?.sections[id];
    const text = written?.text ?? '';
    const next = id === 'whys' ? whysOf(text, title).next : null;
    return [
      `## ${heading}\n`,
      ...(recorded === undefined ? [] : [recorded, '']),
      comment(`${asks} ${hint}`),
      ...(next === null ? [] : [comment(`next: ${next}`)]),
      ...(written === undefined ? [] : [comment(`written by ${written.by}, ${written.at.slice(0, 16)}Z`)]),
      ...(evidence[id] ?? []).map((line) => comment(`from the record: ${line}`)),
      ...blameHints(id, text, people).map(({ line, words, hint }) => comment(`line ${line}, "${words}": ${hint}`)),
      begin(id),
      text.split('\n').map(guarded).join('\n'),
      end(id),
    ].join('\n');
  };
  const actions = [
    comment('One row each. A new row has no number. Owner, Due Date (2026-12-31) and Ticket may be empty. Done: x.'),
    begin('actions'),
    table(
      COLUMNS,
      facts.actions.map((action) => cellsOf(action).map(cell)),
    ),
    end('actions'),
  ].join('\n');
  const first = comment(
    `The postmortem of ${incident.id}. Write between the marks "begin" and "end"; what stands outside of them is from the record, and is not read back.`,
  );
  return `${first}\n\n${postmortemDocument(facts, section, actions)}`;
}

const guarded = (line: string): string => (LOOKS_MARKED.test(line) ? `\\${line}` : line);
const unguarded = (line: string): string => (line.startsWith('\\') && LOOKS_MARKED.test(line) ? line.slice(1) : line);

const COLUMNS = ['#', 'Action', 'Owner', 'Due Date', 'Ticket', 'Done'];
/** The end of a day is that day. */
const dateOf = (due: Instant | null): string =>
  due === null ? '' : due.endsWith('T23:59:59.000Z') ? due.slice(0, 10) : `${due.slice(0, 16).replace('T', ' ')}Z`;
const cellsOf = ({ seq, text, owner, due, ticket, done }: FollowUpAction): readonly string[] => [
  String(seq),
  text,
  owner ?? '',
  dateOf(due),
  ticket ?? '',
  done === null ? '' : done.at.slice(0, 10),
];
const cell = (text: string): string => oneLineOf(text).replaceAll(/[\\|]/g, String.raw`\$&`);
const oneLineOf = (text: string): string => text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();

/** An edited row: what changed in it. */
export interface EditedAction {
  /** Null: a new one. */
  readonly ref: number | null;
  readonly text?: string;
  readonly owner?: string | null;
  readonly due?: Instant | null;
  readonly ticket?: string | null;
  readonly done?: true;
}
export interface Edited {
  readonly sections: readonly { readonly id: SectionId; readonly text: string }[];
  readonly actions: readonly EditedAction[];
  /** What was changed and cannot be taken, as sentences. */
  readonly notTaken: readonly string[];
}
/** Why the file cannot be read. */
export interface Unreadable {
  readonly fault: string;
}

interface Line {
  /** From 1. */
  readonly n: number;
  readonly text: string;
}

/** What changed between the file as it was written and as it is now; `now`: for due dates. */
export function readEdited(file: string, original: string, now: number): Edited | Unreadable {
  const [read, before] = [partsOf(file), partsOf(original)];
  if ('fault' in read) return read;
  if ('fault' in before) return before;
  const sections: { id: SectionId; text: string }[] = [];
  for (const id of SECTION_IDS) {
    const text = textIn(read.parts.get(id));
    if (text === textIn(before.parts.get(id))) continue;
    const bad = badCharacter(text);
    const place = `line ${lineOf(read.parts.get(id), text, bad)}, "${SECTIONS[id].title}"`;
    if (bad >= 0) return { fault: `${place}: a control character` };
    if (text.length > SECTION_LENGTH)
      return { fault: `"${SECTIONS[id].title}" has ${text.length} characters; ${SECTION_LENGTH} is the most` };
    sections.push({ id, text });
  }
  const [rows, old] = [rowsOf(read.parts.get('actions') ?? []), rowsOf(before.parts.get('actions') ?? [])];
  if ('fault' in rows) return rows;
  if ('fault' in old) return old;
  const changes = actionChanges(rows, old, now);
  if ('fault' in changes) return changes;
  const isOutside = read.outside !== before.outside;
  return {
    sections,
    actions: changes.actions,
    notTaken: [
      ...(isOutside ? ['what was changed outside of the marks is from the record, and was not taken'] : []),
      ...changes.notTaken,
    ],
  };
}

const textIn = (lines: readonly Line[] = []): string =>
  sectionText(lines.map(({ text }) => unguarded(text)).join('\n'));

/** The line of the file in which the character at `index` of a section's text stands. */
function lineOf(lines: readonly Line[] = [], text: string, index: number): number {
  const first = lines.findIndex(({ text: line }) => line.trim() !== '');
  const ahead = text.slice(0, Math.max(0, index)).split('\n').length - 1;
  return lines[Math.max(0, first) + ahead]?.n ?? 0;
}

type Parts = { readonly parts: ReadonlyMap<Part, readonly Line[]>; readonly outside: string };

function partsOf(file: string): Parts | Unreadable {
  const parts = new Map<Part, Line[]>();
  const outside: string[] = [];
  let inside: { readonly part: Part; readonly n: number } | null = null;
  for (const [i, text] of file
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const [, which, name] = MARKED.exec(text) ?? [];
    const part = PARTS.find((one) => one === name);
    const n = i + 1;
    if (part === undefined) {
      if (inside === null) outside.push(text.trimEnd());
      else parts.get(inside.part)?.push({ n, text });
    } else if (which === 'end') {
      if (inside?.part !== part) return { fault: `line ${n}: "${end(part)}" has no "${begin(part)}" before it` };
      inside = null;
    } else {
      if (inside !== null) return { fault: `line ${n}: "${end(inside.part)}" is missing before it` };
      if (parts.has(part)) return { fault: `line ${n}: "${begin(part)}" stands there twice` };
      parts.set(part, []);
      inside = { part, n };
    }
  }
  if (inside !== null) return { fault: `line ${inside.n}: "${begin(inside.part)}" has no "${end(inside.part)}"` };
  const gone = PARTS.find((part) => !parts.has(part));
  if (gone !== undefined) return { fault: `the marks "${begin(gone)}" and "${end(gone)}" are gone` };
  return {
    parts,
    outside: outside
      .join('\n')
      .replaceAll(/\n{2,}/g, '\n')
      .trim(),
  };
}

interface Row {
  readonly n: number;
  readonly ref: number | null;
  readonly cells: readonly string[];
}

function rowsOf(lines: readonly Line[]): readonly Row[] | Unreadable {
  const rows: Row[] = [];
  for (const { n, text } of lines) {
    if (text.trim() === '') continue;
    const line = text.trim();
    if (!line.startsWith('|') || !line.endsWith('|')) return { fault: `line ${n}: no row of the table of actions` };
    const cells = [...line.slice(1).matchAll(/((?:\\[^]|[^|\\])*)\|/g)].map(([, each = '']) =>
      oneLineOf(each).replaceAll(/\\([\\|])/g, '$1'),
    );
    if (cells.every((each) => /^:?-*:?$/.test(each)) && cells.some((each) => each !== '')) continue;
    if (cells[0] === COLUMNS[0]) continue;
    if (cells.length !== COLUMNS.length)
      return {
        fault: `line ${n}: a row of the table of actions has ${COLUMNS.length} cells, this one ${cells.length}`,
      };
    if (cells.every((each) => each === '')) continue;
    const [number = ''] = cells;
    if (!/^#?\d*$/.test(number)) return { fault: `line ${n}: "${number}" is no number of an action` };
    if (badCharacter(cells.join('')) >= 0) return { fault: `line ${n}: a control character` };
    rows.push({ n, ref: Number(number.replace('#', '')) || null, cells });
  }
  return rows;
}

function actionChanges(
  rows: readonly Row[],
  old: readonly Row[],
  now: number,
): Pick<Edited, 'actions' | 'notTaken'> | Unreadable {
  const actions: EditedAction[] = [];
  const notTaken: string[] = [];
  const seen = new Set<number>();
  for (const { n, ref, cells } of rows) {
    const before = ref === null ? null : old.find((each) => each.ref === ref)?.cells;
    if (before === undefined) return { fault: `line ${n}: there is no action #${ref} in this incident` };
    if (ref !== null && seen.size === seen.add(ref).size) return { fault: `line ${n}: #${ref} stands there twice` };
    const [, text = '', owner = '', due = '', ticket = '', done = ''] = cells;
    const is = (column: number): boolean => cells[column] === (before?.[column] ?? '');
    if (text === '') return { fault: `line ${n}: an action needs words` };
    const wasDone = (before?.[5] ?? '') !== '';
    if (wasDone) {
      if (!cells.every((_, column) => is(column))) notTaken.push(`#${ref} is done, and stays as it was`);
      continue;
    }
    const until = is(3) || due === '' ? null : readFuture(due, { now, zone: 'utc' });
    if (!is(3) && due !== '' && typeof until !== 'string')
      return { fault: `line ${n}: "${due}" is no date; write 2026-12-31 or 2026-12-31 14:00` };
    const change: EditedAction = {
      ref,
      ...(!is(1) && { text }),
      ...(!is(2) && { owner: owner.replace(/^@/, '') || null }),
      ...(!is(3) && { due: typeof until === 'string' ? until : null }),
      ...(!is(4) && { ticket: ticket || null }),
      ...(done !== '' && { done: true as const }),
    };
    if (Object.keys(change).length > 1) actions.push(change);
  }
  for (const { ref } of old)
    if (ref !== null && !seen.has(ref))
      notTaken.push(`the row of #${ref} was removed: an action is done, or taken back with "warroom retract ${ref}"`);
  return { actions, notTaken };
}
