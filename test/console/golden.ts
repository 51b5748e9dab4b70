/** A frame through a real terminal emulator as text a reviewer can read: the cells, then how they look. */
import { frame } from '../../src/console/frame.ts';
import { panelsOf } from '../../src/console/panelview.ts';
import type { Ui } from '../../src/console/state.ts';
import type { View } from '../../src/console/view.ts';
import { CONTEXT, PANELS } from '../../panels/index.ts';
import { openScreen } from '../../src/terminal/screen.ts';
import { makeTheme, type Depth } from '../../src/terminal/theme.ts';
import { vt, type Vt, type VtCell } from '../support/vt.ts';

/** The emulator after one frame of this state. */
export async function shown(ui: Ui, view: View, depth: Depth = 256): Promise<Vt> {
  const terminal = vt(ui.size.cols, ui.size.rows);
  const screen = openScreen({ ...terminal, theme: makeTheme('auto', depth), ascii: ui.ascii, strict: true });
  screen.draw(frame(ui, view, panelsOf(PANELS, CONTEXT)));
  await terminal.flush();
  return terminal;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The screen, then one letter for each cell's look with its meaning below; `.` is the terminal's own. */
export function picture(terminal: Vt): string {
  const looks = new Map<string, string>();
  const letter = (cell: VtCell): string => {
    const marks = [
      cell.bold && 'bold',
      cell.inverse && 'inverse',
      cell.underline && 'underline',
      cell.strike && 'strike',
    ];
    const look = [cell.fg === null ? '' : `fg ${cell.fg}`, ...marks].filter((word) => word).join(' ');
    if (look === '' || (cell.ch.trim() === '' && !cell.inverse)) return '.';
    const known = looks.get(look) ?? LETTERS[looks.size] ?? '?';
    looks.set(look, known);
    return known;
  };
  const map = terminal.cells().map((row) => row.map(letter).join('').replace(/\.+$/, ''));
  const legend = [...looks].map(([look, known]) => `${known}  ${look}`);
  const { x, y, hidden } = terminal.cursor;
  return [...terminal.rows(), '', hidden ? 'no cursor' : `cursor ${x},${y}`, '', ...map, '', ...legend, ''].join('\n');
}
