/** The sequences that enter and leave the full screen, and the splash: a first frame before the renderer is loaded. */
import type { Frame } from './paint.ts';
import { type Theme, ansiText } from './theme.ts';

/** Enters the full screen and writes `frame`, which must also be the first frame of the renderer. */
export function paintSplash(output: { write(text: string): unknown }, frame: Frame, theme: Theme): void {
  let text = ENTER;
  for (const { x, y, lines } of frame.regions)
    for (const [at, line] of lines.entries()) text += `\x1b[${y + at + 1};${x + 1}H${ansiText(line, theme)}`;
  if (frame.cursor !== null) text += `\x1b[${frame.cursor.y + 1};${frame.cursor.x + 1}H\x1b[?25h`;
  output.write(text);
}

// The first and the last sequence save and restore the window's title, where the terminal can.
export const ENTER = '\x1b[22;2t\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[m';
export const LEAVE = '\x1b[?1006l\x1b[?1000l\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[m\x1b[?25h\x1b[?1049l\x1b[23;2t';

export const MOUSE_ON = '\x1b[?1000h\x1b[?1006h';
export const MOUSE_OFF = '\x1b[?1006l\x1b[?1000l';
