/**
 * The first picture, written before the renderer is loaded: a person sees at once that the room is coming. The screen
 * that opens afterwards takes over the terminal as it was entered here.
 */
import { ENTER } from './fullscreen.ts';
import type { Frame } from './screen.ts';
import { paint, type Theme } from './theme.ts';

/** Enters the full screen and writes `frame`; the same frame must be the first one drawn by the renderer. */
export function paintFirst(output: { write(text: string): unknown }, frame: Frame, theme: Theme): void {
  let text = ENTER;
  for (const { x, y, lines } of frame.regions)
    for (const [at, line] of lines.entries()) text += `\x1b[${y + at + 1};${x + 1}H${paint(line, theme)}`;
  if (frame.cursor !== null) text += `\x1b[${frame.cursor.y + 1};${frame.cursor.x + 1}H\x1b[?25h`;
  output.write(text);
}
