/**
 * Pictures of a drill as one person plays it at a real terminal, for docs/drills.md: the page, the preview of the remedy, the score.
 * `npx tsx test/screens/drill.ts [DIR]` writes drill-*.svg there, docs/screens if not said. It takes two minutes.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SWALLOW_MS } from '../../src/console/form.ts';
import { STILL_MS } from '../../src/console/page.ts';
import { Tmux } from '../e2e/tmux.ts';
import { Place } from '../support/program.ts';
import { toSvg } from '../support/svg.ts';
import { vt } from '../support/vt.ts';

const [COLS, ROWS] = [140, 36];
const out = process.argv[2] ?? path.join(import.meta.dirname, '../../docs/screens');
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const place = new Place();
const tmux = new Tmux();
const nia = tmux.open(place, 'nia', ['drill', 'redis-memory'], COLS, ROWS);

async function picture(name: string): Promise<void> {
  const terminal = vt(COLS, ROWS);
  terminal.scribble(nia.colours().trimEnd().replaceAll('\n', '\r\n'));
  await terminal.flush();
  await writeFile(path.join(out, `drill-${name}.svg`), toSvg(terminal));
}

/** Opens a form by its key, and waits until it takes keys. */
async function form(key: string, sees: string): Promise<void> {
  nia.press(key);
  await nia.sees(sees);
  await wait(SWALLOW_MS);
}

try {
  await nia.sees('PAGED');
  await wait(STILL_MS + 2000);
  await picture('page');
  nia.press('Enter');
  await nia.sees('nia is on it');
  await form('F12', 'DECLARE INCIDENT');
  nia.press('Enter');
  await nia.sees('DECLARED SEV-2');
  nia.line('/drill hint');
  await nia.sees('HINT: ');
  nia.line('/run redis-memory-full diagnosis');
  await nia.sees(/done: .*noeviction/);
  nia.line('/status identified presence keys that never expire');
  await nia.sees('IDENTIFIED');
  nia.line('/run redis-memory-full expire-missing ttl=5');
  await nia.sees(/would change|preview/);
  nia.press('F6');
  await nia.sees('RUNBOOKS');
  await wait(SWALLOW_MS);
  nia.press('Enter');
  await nia.sees('Enter confirms it');
  await wait(STILL_MS);
  await form('Enter', 'CONFIRM');
  await picture('preview');
  nia.line(/To do it, type (\d+)/.exec(nia.screen())?.[1] ?? '');
  await nia.sees(/✓ expire-missing/);
  nia.press('Escape');
  nia.line('/status monitoring');
  await nia.sees('MONITORING');
  await nia.sees('alert resolved');
  nia.line('/update Friends show up again. next: 30m');
  await nia.sees('PUBLIC: Friends');
  nia.line('/status resolved');
  await nia.sees('DRILL SCORE');
  await wait(1500);
  await picture('score');
  nia.line('/quit');
  await nia.sees('its postmortem: ');
} catch (fault) {
  console.error(fault);
} finally {
  nia.press('C-c');
  tmux.close();
  await wait(4000);
  await place.close();
}
