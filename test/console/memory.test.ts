import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStateFile, type SavedState } from '../../src/console/draft-autosave.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'warroom-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const nothing: SavedState = { draft: '', history: [], marks: {}, leftAt: null };
const files = (): string[] => readdirSync(dir).map((name) => path.join(dir, name));
/** A console that kept `memory` and was killed. */
function killed(memory: SavedState): string {
  const before = files();
  openStateFile(dir).keep(memory);
  const [file = ''] = files().filter((name) => !before.includes(name));
  const dead = spawnSync(process.execPath, ['-p', 'process.pid']).stdout.toString();
  const { pid } = process;
  writeFileSync(file, readFileSync(file, 'utf8').replace(`"pid":${pid}`, `"pid":${Number(dead)}`));
  return file;
}

test('the draft of a console that was killed comes back once', () => {
  const memory = { draft: 'half a thought', history: ['one', 'two'], marks: { a: 7 }, leftAt: null };
  expect(statSync(killed(memory)).mode & 0o777).toBe(0o600);
  const next = openStateFile(dir);
  expect(next.found).toEqual(memory);
  expect(openStateFile(dir).found).toEqual(nothing);
  next.leave(next.found);
  expect(openStateFile(dir).found).toEqual(memory);
});

test('what was taken over is not lost when its new holder is killed at once', () => {
  killed({ ...nothing, draft: 'half a thought' });
  openStateFile(dir);
  const [file = '', ...others] = files();
  expect(others).toEqual([]);
  expect(readFileSync(file, 'utf8')).toContain('half a thought');
});

test('the draft of a console that is running stays where it is; one that is leaving gives it away at once', () => {
  const first = openStateFile(dir);
  first.keep({ ...nothing, draft: 'mine' });
  expect(openStateFile(dir).found.draft).toBe('');
  first.leave({ ...nothing, draft: 'mine' });
  expect(openStateFile(dir).found.draft).toBe('mine');
  // Whatever it still does while it closes its line, the draft is another's now.
  first.keep({ ...nothing, draft: 'twice' });
  first.leave({ ...nothing, draft: 'twice' });
  expect(openStateFile(dir).found.draft).toBe('');
});

test('the file of another process that had this number is found', () => {
  const file = killed({ ...nothing, draft: 'from before' });
  const { pid } = process;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"pid":\d+,"start":"\d+"/, `"pid":${pid},"start":"1"`));
  expect(openStateFile(dir).found.draft).toBe('from before');
});

test('a torn or foreign file is nothing', () => {
  for (const text of ['', '{"draft":', '[1]', 'null', '{"draft":5,"history":"x","marks":[1]}']) {
    writeFileSync(path.join(dir, 'console-x.json'), text);
    expect(openStateFile(dir).found).toEqual(nothing);
  }
});

test('of two drafts left behind the newer stands on the line, the other is in the history', () => {
  const older = killed({ draft: 'older', history: ['a'], marks: {}, leftAt: null });
  const newer = openMemoryBeside({ draft: 'newer', history: ['b'], marks: {}, leftAt: null }, older);
  expect(newer.found).toEqual({ draft: 'newer', history: ['a', 'b', 'older'], marks: {}, leftAt: null });
});

/** Leaves a second memory beside `older`, which counts as written long ago, and opens both. */
function openMemoryBeside(memory: SavedState, older: string): ReturnType<typeof openStateFile> {
  const hidden = readFileSync(older, 'utf8');
  rmSync(older);
  openStateFile(dir).leave(memory);
  writeFileSync(older, hidden);
  utimesSync(older, 1, 1);
  return openStateFile(dir);
}
