/** A part of the idle room, and how the parts share its rows. Pure. */
import { type Line, type Size, joinLines, span } from '../terminal/text.ts';

/** A part of the room. */
export interface IdlePart {
  readonly head: Line;
  readonly rows?: readonly Line[];
  /** How many rows there would be, where `rows` has only the first of them. */
  readonly count?: number;
  /** At the end of the heading: which command shows the rest. */
  readonly all?: string;
  /** Rows below the heading that no other part takes; one when absent. */
  readonly least?: number;
  /** Rows below the heading that come before the air between the parts; all of them when absent. */
  readonly usual?: number;
  /** On a narrow screen the rows say enough without the heading. */
  readonly isPlain?: true;
}

/** `OPEN   no incident is open`. `isOld`: it was heard before the link was lost. */
export const heading = (title: string, words = '', isOld = false): Line => [
  span(` ${title}`, 'title', { bold: true }),
  span(isOld ? '   as last heard' : '', 'stale'),
  span(words === '' ? '' : `   ${words}`, 'dim'),
];

/**
 * The parts in `rows` lines, or fewer. First each has its heading and the least of it, then what is usual of it, then there is air
 * between them, then all of it.
 */
export function fitted(
  parts: readonly IdlePart[],
  { cols, rows, isNarrow }: Size & { readonly isNarrow: boolean },
): readonly Line[] {
  const blocks = parts.map(({ rows: below = [], head, isPlain, ...part }) => ({
    ...part,
    below,
    head: isNarrow && isPlain === true && below.length > 0 ? null : head,
  }));
  const given = blocks.map(() => 0);
  let room = rows;
  const grow = (most: (block: (typeof blocks)[number]) => number): void =>
    blocks.forEach((block, i) => {
      const wanted = (block.head === null ? 0 : 1) + Math.min(most(block), block.below.length);
      const more = Math.max(0, Math.min(room, wanted - (given[i] ?? 0)));
      given[i] = (given[i] ?? 0) + more;
      room -= more;
    });
  grow(({ least = 1 }) => least);
  grow(({ usual = Infinity }) => usual);
  const hasAir = !isNarrow && room >= blocks.length;
  if (hasAir) room -= blocks.length;
  grow(() => Infinity);
  return blocks.flatMap(({ head, below, count = below.length, all }, i): readonly Line[] => {
    const rowsOf = given[i] ?? 0;
    if (rowsOf === 0) return [];
    const shown = rowsOf - (head === null ? 0 : 1);
    const hidden = count - shown;
    const left = shown === 0 ? `${count} hidden` : `+${hidden} more`;
    const more = hidden === 0 ? '' : `${left}${all === undefined ? '' : ': '}`;
    const right = [span(all === undefined && more === '' ? '' : `${more}${all ?? ''} `, 'dim')];
    const top = head === null ? [] : [below.length === 0 ? head : joinLines(head, right, cols)];
    return [...(hasAir ? [[]] : []), ...top, ...below.slice(0, shown)];
  });
}
