/**
 * Planted bugs: each must be caught by a test, else the tests prove nothing.
 * Run all with `npx tsx test/faults/mutants.ts`, or those whose names contain a word with `npx tsx test/faults/mutants.ts fsync`.
 * Each is patched into a copy of the sources in a temporary folder; the tests named beside it must fail there.
 * Exit code 1: one was not caught, or the patch does not fit the source any more.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** The test files of which one must fail. */
  readonly tests: readonly string[];
}

const crash = 'test/faults/journal-crash.test.ts';
const tail = 'test/faults/journal-tail.test.ts';
const processes = 'test/faults/journal-process.test.ts';
const journal = 'test/log/journal.test.ts';
const outbox = 'test/log/outbox.test.ts';
const outboxFaults = 'test/faults/outbox.test.ts';
const hubDisk = 'test/faults/hub-disk.test.ts';
const hubInput = 'test/faults/hub-input.test.ts';
const hubOwn = 'test/faults/hub-own.test.ts';
const hubTime = 'test/faults/hub-time.test.ts';
const flow = 'test/hub/flow.test.ts';
const recall = 'test/hub/recall.test.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'acknowledge before the write',
    file: 'src/log/writer.ts',
    find: 'await this.#write(bytes);',
    put: 'void this.#write(bytes);',
    tests: [crash, processes],
  },
  {
    name: 'no fsync of the journal',
    file: 'src/log/writer.ts',
    find: 'await disk.sync(active.fd);',
    put: '',
    tests: [crash],
  },
  {
    name: 'no fsync of the journal, seen by strace',
    file: 'src/log/writer.ts',
    find: 'await disk.sync(active.fd);',
    put: '',
    tests: [processes],
  },
  {
    name: 'no fsync of the folder after a rename',
    file: 'src/log/disk.ts',
    find: 'await disk.syncDir(dir);',
    put: '',
    tests: [crash],
  },
  {
    name: 'no fsync of the folder of incidents',
    file: 'src/log/journal.ts',
    find: 'await fs.syncDir(this.#root);',
    put: '',
    tests: [crash],
  },
  {
    name: 'no fsync of the data folder',
    file: 'src/log/journal.ts',
    find: 'await all.fs.syncDir(all.dir);',
    put: '',
    tests: [crash],
  },
  {
    name: 'ignore a short write',
    file: 'src/log/disk.ts',
    find: 'if (written !== bytes.length)',
    put: 'if (written < 0)',
    tests: [crash],
  },
  {
    name: 'try a failed fsync again',
    file: 'src/log/writer.ts',
    find: 'await disk.sync(active.fd);',
    put: 'await disk.sync(active.fd).catch(() => disk.sync(active.fd));',
    tests: [crash, processes],
  },
  {
    name: 'go on after an error',
    file: 'src/log/journal.ts',
    find: 'if (this.#fault !== null) return;\n    const why',
    put: 'if (this.#closed || error !== null) return;\n    const why',
    tests: [crash],
  },
  {
    name: 'leave the torn record of a full disk',
    file: 'src/log/writer.ts',
    find: 'disk.truncate(active.fd, active.size);',
    put: '',
    tests: [processes],
  },
  {
    name: 'no dedup of what is stored',
    file: 'src/log/ledger.ts',
    find: 'this.#dedupe.add(head.origin.client, head.origin.n, head.seq);',
    put: '',
    tests: [journal],
  },
  {
    name: 'no dedup of what is under way',
    file: 'src/log/writer.ts',
    find: 'this.#keys.has(key) ||',
    put: '',
    tests: [journal],
  },
  {
    name: 'cut what is corrupt in the middle',
    file: 'src/log/scan.ts',
    find: '|| contradicted(bytes, size)',
    put: '',
    tests: [tail],
  },
  {
    name: 'refuse what a power cut tore in the last commit',
    file: 'src/log/scan.ts',
    find: '|| !lostSector(bytes, bad, start, head.synced)',
    put: '|| true',
    tests: [crash],
  },
  {
    name: 'do not check the chain',
    file: 'src/log/scan.ts',
    find: 'if (head.prev !== prev)',
    put: 'if (prev === undefined)',
    tests: [tail],
  },
  {
    name: 'do not check the checksum of the last line',
    file: 'src/log/scan.ts',
    find: 'if (nextHead?.prev !== hash && !checksumHolds(line))',
    put: 'if (next !== null && nextHead?.prev !== hash && !checksumHolds(line))',
    tests: [tail],
  },
  {
    name: 'take an altered last line for a torn one',
    file: 'src/log/scan.ts',
    find: "|| bytes.includes(prev, start, 'latin1')",
    put: '',
    tests: [tail],
  },
  {
    name: 'serve what a dead process left unsynced',
    file: 'src/log/ledger.ts',
    find: '|| distrust) disk.syncNow(fd)',
    put: ') disk.syncNow(fd)',
    tests: [crash],
  },
  {
    name: 'trust the folders a dead process left',
    file: 'src/log/journal.ts',
    find: 'if (lock.takenOver) await syncFolders',
    put: 'if (lock === undefined) await syncFolders',
    tests: [crash],
  },
  {
    name: 'no fsync of the outbox',
    file: 'src/log/outbox.ts',
    find: 'await fs.sync(file.fd);',
    put: '{}',
    tests: [outbox],
  },
  {
    name: 'an outbox that trusts its file after an error',
    file: 'src/log/outbox.ts',
    find: '      this.#file = null;\n      try {',
    put: '      try {',
    tests: [outbox],
  },
  {
    name: 'an outbox that gives numbers out twice',
    file: 'src/log/outbox.ts',
    find: 'client: this.client, next: this.#next }',
    put: 'client: this.client, next: 1 }',
    tests: [outbox],
  },
  {
    name: 'an outbox that forgets a refusal before anybody saw it',
    file: 'src/client/sender.ts',
    find: 'this.#keep.refuse(item.n, answer.reason)',
    put: 'this.#keep.settle(item.n)',
    tests: [outboxFaults],
  },
  {
    name: 'an outbox that writes on into a deleted file',
    file: 'src/log/outbox.ts',
    find: 'fs.names(this.#file.fd) === 0',
    put: 'fs.names(this.#file.fd) < 0',
    tests: [outboxFaults],
  },
  {
    name: 'take the lock of another machine',
    file: 'src/log/lock.ts',
    find: 'isElsewhere(holder) || isAlive(holder)',
    put: 'isAlive(holder)',
    tests: [journal],
  },
  {
    name: 'hub: acknowledge before the write',
    file: 'src/hub/room.ts',
    find: '    this.#flying.set(key, NOBODY);',
    put: '    this.#flying.set(key, NOBODY);\n    if (events[0]) submission.answer(ack(submission, events[0]));',
    tests: [hubDisk],
  },
  {
    name: 'hub: no dedup of what is stored',
    file: 'src/hub/room.ts',
    find: 'if (stored) {',
    put: 'if (stored && log.readOnly !== null) {',
    tests: [hubInput],
  },
  {
    name: 'hub: no dedup of what is under way',
    file: 'src/hub/room.ts',
    find: 'if (retries === undefined) return false;',
    put: 'if (retries === undefined || log.readOnly === null) return false;',
    tests: [hubInput],
  },
  {
    name: 'hub: another command under the same number is taken for a retry',
    file: 'src/hub/room.ts',
    find: 'stored.hash === submission.origin.hash ?',
    put: 'stored.hash !== undefined ?',
    tests: [hubInput],
  },
  {
    name: 'hub: numbers are used up by what was never stored, as by a sequence of a database',
    file: 'src/hub/room.ts',
    find: 'this.#ahead = this.#state;',
    put: '',
    tests: [hubDisk],
  },
  {
    name: 'write on into a record that was deleted',
    file: 'src/log/writer.ts',
    find: 'disk.names(active.fd) === 0',
    put: 'disk.names(active.fd) < 0',
    tests: [hubOwn],
  },
  {
    name: 'write on when another hub may have the lock',
    file: 'src/log/writer.ts',
    find: 'this.#shared.assertOurs();',
    put: '',
    tests: [hubOwn],
  },
  {
    name: 'hub: what was behind a failed commit goes before it',
    file: 'src/hub/room.ts',
    find: 'const behind = this.#queue.splice(0);',
    put: 'const behind: Submission[] = [];',
    tests: [hubOwn],
  },
  {
    name: 'hub: a snapshot of another history is taken when its numbers fit',
    file: 'src/hub/recall.ts',
    find: 'if (log.get(id, snapshot.seq)?.id !== snapshot.last) return null;',
    put: '',
    tests: [recall],
  },
  {
    name: 'hub: time in the record goes back with the clock',
    file: 'src/hub/room.ts',
    find: 'return recorded !== null && recorded > now ? recorded : now;',
    put: 'return now;',
    tests: [hubTime],
  },
  {
    name: 'hub: a batch goes to a console that misses what came before',
    file: 'src/hub/subscription.ts',
    find: 'this.sent === first - 1 &&',
    put: '',
    tests: [flow],
  },
];

const root = path.resolve(import.meta.dirname, '../..');

/** A copy of what the tests of the log and the hub need. */
function copy(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warroom-mutant-'));
  for (const part of [
    'package.json',
    'tsconfig.json',
    'src',
    'panels',
    'test/log',
    'test/faults',
    'test/hub',
    'test/support',
  ])
    fs.cpSync(path.join(root, part), path.join(dir, part), { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  fs.writeFileSync(path.join(dir, 'vitest.config.ts'), `export default { test: { testTimeout: 60_000, bail: 1 } };`);
  return dir;
}

/** The names of the tests that failed (a file that does not even load counts for nothing); empty: the bug was not caught. Null: the patch does not fit. */
function caughtBy(dir: string, mutant: Mutant): readonly string[] | null {
  const file = path.join(dir, mutant.file);
  const source = fs.readFileSync(file, 'utf8');
  if (source.split(mutant.find).length !== 2) return null;
  fs.writeFileSync(
    file,
    source.replace(mutant.find, () => mutant.put),
  );
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--reporter=json', ...mutant.tests];
  const run = spawnSync(process.execPath, args, { cwd: dir, encoding: 'utf8', env: { ...process.env, CI: '1' } });
  fs.writeFileSync(file, source);
  return [...run.stdout.matchAll(/"status":"failed","title":"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
}

if (process.argv[1] === import.meta.filename) {
  const wanted = MUTANTS.filter(({ name }) => name.includes(process.argv[2] ?? ''));
  const dir = copy();
  let missed = 0;
  for (const mutant of wanted) {
    const tests = caughtBy(dir, mutant);
    if (tests === null || tests.length === 0) missed++;
    const verdict = tests === null ? 'THE PATCH DOES NOT FIT' : (tests[0] ?? 'NOT CAUGHT');
    console.log(`${mutant.name}: ${verdict}`);
  }
  fs.rmSync(dir, { recursive: true, force: true });
  console.log(`${wanted.length - missed} of ${wanted.length} planted bugs caught`);
  process.exitCode = missed === 0 ? 0 : 1;
}
