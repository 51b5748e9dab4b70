/** The blocks of a Markdown text, each with its lines: fences, headings, list items, comments. Nothing is rendered. */
import MarkdownIt, { type StateBlock, type Token } from 'markdown-it';

/** Lines count from 1; `endLine` is the last one. */
interface Lines {
  readonly line: number;
  readonly endLine: number;
}
export interface Fence extends Lines {
  readonly kind: 'fence';
  /** What follows the backticks, as it was written. */
  readonly info: string;
  /** The column of its first character, from 1. */
  readonly infoColumn: number;
  readonly text: string;
  /** False: it goes on to the end of the file, or of the list that it stands in. */
  readonly isClosed: boolean;
}
export interface Heading extends Lines {
  readonly kind: 'heading';
  readonly level: number;
  readonly text: string;
}
export interface ListItem extends Lines {
  readonly kind: 'item';
  readonly text: string;
  /** Numbered, or with a box to tick. */
  readonly isNumbered: boolean;
}
interface Comment extends Lines {
  readonly kind: 'comment';
  readonly isClosed: boolean;
}
export type MarkdownBlock = Fence | Heading | ListItem | Comment;

/** Longer headings and items are cut, characters. */
const MAX_WORDS = 1_000;

// Without the inline rules, which take most of the time; their tokens keep the text as it was written.
const parser = new MarkdownIt({ html: false });
parser.core.ruler.enableOnly(['normalize', 'block']);
// A fence inside a comment is no block. With `html: true` a `<details>` right above a fence would swallow it.
parser.block.ruler.before('fence', 'comment', readComment, { alt: ['paragraph', 'blockquote', 'list'] });

/** `text` has `\n` as line ends. Takes time in proportion to its length. */
export function blocksOf(text: string): MarkdownBlock[] {
  const lines = text.split('\n');
  const blocks: MarkdownBlock[] = [];
  /** For each list around, whether it is numbered. */
  const lists: boolean[] = [];
  let isNewItem = false;
  // The last line needs its end: without it the number of lines of a fence is not known.
  const tokens = parser.parse(`${text}\n`, {});
  for (const [at, token] of tokens.entries()) {
    const [from, to] = token.map ?? [0, 0];
    const span = { line: from + 1, endLine: Math.min(to, lines.length) };
    if (token.type.endsWith('_list_open')) lists.push(token.tag === 'ol');
    else if (token.type.endsWith('_list_close')) lists.pop();
    else if (token.type.startsWith('list_item_')) isNewItem = token.nesting === 1;
    else if (token.type === 'paragraph_open' && isNewItem) {
      isNewItem = false;
      const [, box, words = ''] = /^(\[[ xX]\]\s)?([^]*)$/.exec(tokens[at + 1]?.content ?? '') ?? [];
      const isNumbered = box !== undefined || lists.at(-1) === true;
      blocks.push({ kind: 'item', ...span, text: words.slice(0, MAX_WORDS).trim(), isNumbered });
    } else if (token.type === 'heading_open') {
      const words = withoutMarks(tokens[at + 1]?.content ?? '');
      blocks.push({ kind: 'heading', ...span, level: Number(token.tag.slice(1)), text: words });
    } else if (token.type === 'fence') blocks.push({ ...span, ...fenceOf(token, lines[from] ?? '') });
    else if (token.type === 'comment') blocks.push({ kind: 'comment', ...span, isClosed: token.info === '' });
  }
  return blocks;
}

function fenceOf(token: Token, line: string): Omit<Fence, keyof Lines> {
  const [from, to] = token.map ?? [0, 0];
  const inside = token.content.split('\n').length - 1;
  const infoColumn = line.indexOf(token.markup) + token.markup.length + 1;
  return { kind: 'fence', info: token.info, infoColumn, text: token.content, isClosed: to - from === inside + 2 };
}

/** A block rule of markdown-it: a comment, up to the line that ends it. */
function readComment(state: StateBlock, startLine: number, endLine: number, isSilent: boolean): boolean {
  if (!state.src.startsWith('<!--', startOf(state, startLine)) || indentOf(state, startLine) >= 4) return false;
  if (isSilent) return true;
  let last = startLine;
  while (!endsComment(state, last) && last + 1 < endLine && indentOf(state, last + 1) >= 0) last += 1;
  state.line = last + 1;
  const token = state.push('comment', '', 0);
  token.map = [startLine, last + 1];
  token.info = endsComment(state, last) ? '' : 'unclosed';
  return true;
}

const startOf = ({ bMarks, tShift }: StateBlock, line: number): number => (bMarks[line] ?? 0) + (tShift[line] ?? 0);
const indentOf = ({ sCount, blkIndent }: StateBlock, line: number): number => (sCount[line] ?? 0) - blkIndent;
const endsComment = (state: StateBlock, line: number): boolean =>
  state.src.slice(startOf(state, line), state.eMarks[line]).includes('-->');

/** A heading's words, without emphasis, code marks, links, and the anchor of `Heading {#anchor}`. */
const withoutMarks = (text: string): string =>
  text
    .slice(0, MAX_WORDS)
    .replace(/\s*\{[^{}]*\}\s*$/, '')
    .replace(/!?\[([^\][]*)\]\([^()]*\)/g, '$1')
    .replace(/[*`]+|(?<!\w)_+|_+(?!\w)/g, '')
    .trim();
