import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keep, recall } from '../../src/console/memory.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'warroom-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A console of that process id that is no more. */
const dead = (): number => Number(spawnSync(process.execPath, ['-p', 'process.pid']).stdout.toString());
const left = (pid: number): void =>
  renameSync(path.join(dir, `console-${process.pid}.json`), path.join(dir, `console-${pid}.json`));

test('the draft of a console that is gone comes back once', () => {
  keep(dir, { draft: 'half a thought', history: ['one', 'two'], refused: ['/sev 1'], marks: { a: 7 } });
  expect(statSync(path.join(dir, `console-${process.pid}.json`)).mode & 0o777).toBe(0o600);
  left(dead());
  expect(recall(dir)).toEqual({
    draft: 'half a thought',
    history: ['one', 'two'],
    refused: ['/sev 1'],
    marks: { a: 7 },
  });
  expect(recall(dir).draft).toBe('');
});

test('the draft of a console that is running stays where it is', () => {
  keep(dir, { draft: 'mine', history: [], refused: [], marks: {} });
  left(process.ppid);
  expect(recall(dir).draft).toBe('');
  expect(readdirSync(dir)).toHaveLength(1);
});

test('a torn or foreign file is nothing', () => {
  const pid = dead();
  for (const text of ['', '{"draft":', '[1]', 'null', '{"draft":5,"history":"x","marks":[1]}'])
    for (const name of [`console-${pid}.json`]) {
      writeFileSync(path.join(dir, name), text);
      expect(recall(dir)).toEqual({ draft: '', history: [], refused: [], marks: {} });
    }
});

test('of two drafts left behind the newer stands on the line, the other is in the history', () => {
  const [one, two] = [dead(), dead()];
  keep(dir, { draft: 'older', history: ['a'], refused: [], marks: {} });
  left(one);
  utimesSync(path.join(dir, `console-${one}.json`), 1, 1);
  keep(dir, { draft: 'newer', history: ['b'], refused: ['/sev 1'], marks: {} });
  left(two);
  expect(recall(dir)).toEqual({ draft: 'newer', history: ['a', 'b', 'older'], refused: ['/sev 1'], marks: {} });
});
