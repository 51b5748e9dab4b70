/** A frame through a real terminal emulator as text a reviewer can read: the cells, then how they look. */
import { frame } from '../../src/console/frame.ts';
import type { Ui } from '../../src/console/state.ts';
import type { View } from '../../src/console/view.ts';
import { PANELS } from '../../panels/index.ts';
import { openScreen, type Screen } from '../../src/terminal/screen.ts';
import { makeTheme, type Depth } from '../../src/terminal/theme.ts';
import { vt, type Vt, type VtCell } from '../support/vt.ts';

/** What stands on the emulator's screen. */
export interface Picture {
  readonly rows: readonly string[];
  readonly cells: readonly (readonly VtCell[])[];
  readonly cursor: Vt['cursor'];
}

/** A terminal on which one scene is drawn over the other, as in life. */
export class Stage {
  readonly terminal: Vt;
  readonly #screen: Screen;

  constructor(cols: number, rows: number, depth: Depth = 256, ascii = false) {
    this.terminal = vt(cols, rows);
    this.#screen = openScreen({ ...this.terminal, theme: makeTheme('auto', depth), ascii, strict: true });
  }

  async show(ui: Ui, view: View): Promise<Picture> {
    this.#screen.draw(frame(ui, view, PANELS));
    await this.terminal.flush();
    const { terminal } = this;
    return { rows: terminal.rows(), cells: terminal.cells(), cursor: terminal.cursor };
  }
}

/** The emulator after one frame of this state. */
export async function shown(ui: Ui, view: View, depth: Depth = 256): Promise<Vt> {
  const stage = new Stage(ui.size.cols, ui.size.rows, depth, ui.ascii);
  await stage.show(ui, view);
  return stage.terminal;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

const alike = (a: VtCell, b: VtCell | undefined): boolean =>
  b !== undefined &&
  a.ch === b.ch &&
  a.fg === b.fg &&
  a.bold === b.bold &&
  a.inverse === b.inverse &&
  a.underline === b.underline &&
  a.strike === b.strike;

/** The numbers of the rows that look different from those of `base`; all of them without one. */
const changed = ({ cells }: Picture, base: Picture | null): readonly number[] =>
  cells.flatMap((row, y) => (row.every((cell, x) => alike(cell, base?.cells[y]?.[x])) ? [] : [y]));

const numbered = (y: number, row: string): string => `${String(y + 1).padStart(2)} ${row}`.trimEnd();

/** What the screen says: rows with their numbers, the cursor. */
export function said(picture: Picture, base: Picture | null = null): string {
  const { x, y, hidden } = picture.cursor;
  const rows = changed(picture, base).map((each) => numbered(each, picture.rows[each] ?? ''));
  return [...rows, hidden ? 'no cursor' : `cursor ${x + 1},${y + 1}`].join('\n');
}

/** How it looks: one letter for each cell's look, with its meaning below; `.` is the terminal's own. */
export function looks(picture: Picture, base: Picture | null = null): string {
  const known = new Map<string, string>();
  const letter = (cell: VtCell): string => {
    const marks = [
      cell.bold && 'bold',
      cell.inverse && 'inverse',
      cell.underline && 'underline',
      cell.strike && 'strike',
    ];
    const look = [cell.fg === null ? '' : `fg ${cell.fg}`, ...marks].filter((word) => word).join(' ');
    if (look === '' || (cell.ch.trim() === '' && !cell.inverse)) return '.';
    const name = known.get(look) ?? LETTERS[known.size] ?? '?';
    known.set(look, name);
    return name;
  };
  const map = changed(picture, base).map((y) => {
    const row = (picture.cells[y] ?? []).map(letter).join('');
    return numbered(y, row.replace(/\.+$/, ''));
  });
  return [...map, ...[...known].map(([look, name]) => `${name}  ${look}`)].join('\n');
}
