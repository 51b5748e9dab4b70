/** What the screen says while systems break: each in words within three intervals, nothing else stalls, and it heals. */
import { afterAll, beforeAll, expect, test as always } from 'vitest';
import { startDemoWorld, type DemoWorld } from '../demo/world.ts';
import { Place } from '../support/program.ts';
import { hasTmux, Tmux, type Terminal } from './tmux.ts';

const test = always.skipIf(!hasTmux);
let world: DemoWorld;
let place: Place;
let tmux: Tmux;
let alice: Terminal;

beforeAll(async () => {
  if (!hasTmux) return;
  world = await startDemoWorld({ traffic: false, every: '500ms' });
  place = new Place();
  tmux = new Tmux();
  alice = tmux.open(place, 'alice', ['--config', world.config], 200, 55);
  await alice.sees(/cache.*ms/);
});
afterAll(async () => {
  tmux?.close();
  await place?.run(['hub', 'stop']);
  await place?.close();
  await world?.close();
});

/** The rows of the panel with that title, from its border to the next. */
function panel(screen: string, title: RegExp): string {
  const rows = screen.split('\n');
  const from = rows.findIndex((row) => title.test(row));
  const to = rows.findIndex((row, at) => at > from && /^[└┌─]/.test(row));
  return rows.slice(from, to === -1 ? undefined : to).join('\n');
}
const says = (title: RegExp, words: RegExp): Promise<string> =>
  alice.sees({ test: (screen: string) => words.test(panel(screen, title)) } as RegExp);

test('Redis stopped: refused in words; the others stay fresh; it heals', async () => {
  await world.stopRedis();
  const screen = await says(/REDIS/, /refused/);
  expect(panel(screen, /POSTGRES/)).toMatch(/ok/);
  alice.line('still typing while redis is down');
  await world.startRedis();
  await says(/REDIS/, /✓/);
});

test('PostgreSQL frozen: no answer in words, old values are never shown as new; it heals', async () => {
  world.freezePostgres();
  const screen = await says(/POSTGRES/, /no answer|timeout|STALE|frozen/i);
  expect(panel(screen, /POSTGRES/)).not.toMatch(/✓/);
  expect(panel(screen, /REDIS/)).toMatch(/✓/);
  world.thawPostgres();
  await says(/POSTGRES/, /✓|▲ WARN/);
});

test('an endpoint that hangs, then one that answers 503 with a body', async () => {
  world.app.mood = 'hangs';
  await says(/HTTP/, /timeout|no answer|frozen/i);
  world.app.mood = 'sick';
  await says(/HTTP/, /503/);
  world.app.mood = 'well';
  await says(/HTTP.*✓/, /200|ok/);
});
