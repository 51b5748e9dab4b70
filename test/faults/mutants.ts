/**
 * Planted bugs: each must be caught by a test, else the tests prove nothing. `npm run mutants` plants all,
 * `npm run mutants -- fsync` those whose names contain a word.
 * Each is put into a copy of the tree in a temporary folder; one of the tests named beside it must fail there.
 * The place is found by the text of the code, in whatever file of src/ it stands, however it is broken into lines.
 * Exit code 1: one was not caught, or its text does not stand in src/ exactly once, or uses a name that is not there, or a
 * test fails without any bug.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

interface Mutant {
  readonly name: string;
  /** The code as it is; a space stands for any white space. */
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
const index = 'test/faults/stream-index.test.ts';
const flow = 'test/hub/flow.test.ts';
const store = 'test/log/journal-store.test.ts';
const handshake = 'test/hub/handshake.test.ts';
const impostor = 'test/faults/impostor.test.ts';
const decisions = 'test/incident/decisions.test.ts';
const escalation = 'test/incident/escalation.test.ts';
const next = 'test/incident/next.test.ts';
const triage = 'test/incident/triage.test.ts';

const deliveryRestart = 'test/hub/deliveries-restart.test.ts';
const deliveries = 'test/incident/deliveries.test.ts';
const order = 'test/delivery/order.test.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'steps: a key that gained an expiry meanwhile gets another one',
    find: "['EXPIRE', key, ttl, 'NX']",
    put: "['EXPIRE', key, ttl]",
    tests: ['test/runbooks/native-redis.test.ts'],
  },
  {
    name: 'steps: a session is known by its process number alone',
    find: 'AND a.backend_start = $2::timestamptz',
    put: 'AND $2::text IS NOT NULL',
    tests: ['test/runbooks/native-postgres.test.ts'],
  },
  {
    name: 'steps: a server that shows something else counts as set',
    find: 'return fits(change.wanted, now.fields) ? null',
    put: 'return change ? null',
    tests: ['test/runbooks/native-http.test.ts'],
  },
  {
    name: 'deliveries: nobody knows whether it arrived, and it is sent as if it had not',
    find: 'if (delivery.isSent) {',
    put: 'if (false) {',
    tests: [deliveryRestart],
  },
  {
    name: 'deliveries: what may have arrived is sent again to a receiver that cannot tell',
    find: "const mayRepeat = isRepeatable || delivery.kind === 'page';",
    put: 'const mayRepeat = true;',
    tests: [deliveryRestart],
  },
  {
    name: 'deliveries: it leaves before that is recorded',
    find: "const begun = await this.#execute(stream, { kind: 'begin_delivery', id, attempt });",
    put: 'const begun: Recorded = { refused: null };',
    tests: ['test/hub/deliveries.test.ts'],
  },
  {
    name: 'deliveries: an incident that is over forgets what is still on its way',
    find: 'isEnded(state) && state.deliveries.open.length === 0',
    put: 'isEnded(state)',
    tests: [deliveryRestart],
  },
  {
    name: 'deliveries: after a restart they wait for what an earlier hub planned',
    find: '(this.#tried.get(id)?.dueAt ?? since) - since',
    put: '(this.#tried.get(id)?.dueAt ?? Infinity) - since',
    tests: [deliveryRestart],
  },
  {
    name: 'deliveries: two attempts of the same number',
    find: 'attempt !== delivery.attempts + 1',
    put: 'false',
    tests: [deliveries],
  },
  {
    name: 'deliveries: whoever was told of an incident is not told that it is over',
    find: '!isWorse(min, peak)',
    put: '!isWorse(min, request.severity)',
    tests: [deliveries],
  },
  {
    name: 'deliveries: a drill goes to everybody',
    find: '(drills || !drill)',
    put: 'true',
    tests: [deliveries],
  },
  {
    name: 'deliveries: pages are given up first',
    find: '[...open.filter((one) => !isPage(one)), ...open.filter(isPage)]',
    put: 'open',
    tests: [deliveries],
  },
  {
    name: 'deliveries: a page overtakes what was not even tried',
    find: "first.attempts > 0 && first.kind !== 'resolved'",
    put: "first.kind !== 'resolved'",
    tests: [order],
  },
  {
    name: 'deliveries: a page of another alert counts as overtaken',
    find: 'waiting.slice(0, waiting.indexOf(over)).filter(isSame)',
    put: 'waiting.slice(0, waiting.indexOf(over))',
    tests: [order],
  },
  {
    name: 'deliveries: the signature leaves out the body',
    find: '`${id}.${timestamp}.${body}`',
    put: '`${id}.${timestamp}`',
    tests: ['test/delivery/webhook.test.ts'],
  },
  {
    name: 'receivers: a request that had left counts as one that had not',
    find: 'onRequestStart() { hasLeft = true;',
    put: 'onRequestStart() {',
    tests: ['test/delivery/http.test.ts'],
  },
  {
    name: 'receivers: what is for this machine goes through the proxy',
    find: 'if (isLoopback(url.hostname)) return new Agent',
    put: 'if (url.hostname === "") return new Agent',
    tests: ['test/delivery/http.test.ts'],
  },
  {
    name: 'receivers: a page after an acknowledgement does not ring in PagerDuty',
    find: "what === 'page' && isAcknowledged ? open + 1 : open",
    put: 'open',
    tests: ['test/delivery/pagerduty.test.ts'],
  },
  {
    name: 'receivers: another severity leaves the former alert on in an Alertmanager',
    find: 'severity === current && !over',
    put: '!over',
    tests: ['test/delivery/alertmanager.test.ts'],
  },
  {
    name: 'receivers: everybody gets the link that acknowledges in the name of one',
    find: 'page !== null && page.email === recipient',
    put: 'page !== null',
    tests: ['test/delivery/smtp.test.ts'],
  },
  {
    name: 'receivers: who has the mail gets it again when another has to wait',
    find: 'if (outcomes.has(recipient)) continue;',
    put: '',
    tests: ['test/delivery/smtp.test.ts'],
  },
  {
    name: 'paging: who is on call by an alias answers no page',
    find: '!isCalled(paging, onCallName)',
    put: '!isCalled(paging, name)',
    tests: [escalation],
  },
  {
    name: 'the commander waits for the end of the time for objections',
    find: "state !== 'stands' && objected.length > 0",
    put: "state === 'objected'",
    tests: [next],
  },
  {
    name: 'a typed line that is hard to undo is done at once',
    find: '(isHard ? HARD_TO_UNDO : null)',
    put: 'null',
    tests: ['test/console/cards.test.ts'],
  },
  {
    name: 'paging: the deadline runs from the time that was claimed',
    find: 'plus(since, ackMs)',
    put: 'plus(detectedAt, ackMs)',
    tests: ['test/incident/escalation.test.ts'],
  },
  {
    name: 'paging: what fell due while the hub was down is paged without a word',
    find: 'isOld: now - at > ASK_FIRST_MS',
    put: 'isOld: false',
    tests: ['test/incident/escalation.test.ts'],
  },
  {
    name: 'paging: nobody on call, and nobody else is called',
    find: 'Math.max(0, somebody) + 1',
    put: '1',
    tests: ['test/incident/escalation.test.ts'],
  },
  {
    name: 'paging: an alert that is over keeps its acknowledgement',
    find: "why === 'over' ? without(acknowledgements, alert) : acknowledgements",
    put: 'acknowledgements',
    tests: ['test/incident/alert-paging.test.ts'],
  },
  {
    name: 'paging: a page takes Enter from somebody who types',
    find: 'view.mono - Math.max(ui.page.since, ui.typedAt) >= STILL_MS',
    put: 'true',
    tests: ['test/console/page.test.ts'],
  },
  {
    name: 'bounds: whoever writes many open items pushes out those of the others',
    find: 'counts.get(by) === most',
    put: 'counts.get(by)! > 0',
    tests: ['test/incident/bounds.test.ts'],
  },
  {
    name: 'bounds: what became of an entry is known by the state alone',
    find: 'wasWhole ? annotationsOf(fresh, replica.annotations) : annotated(longer)',
    put: 'state.annotations',
    tests: ['test/client/replica.test.ts'],
  },
  {
    name: 'bounds: a long message waits in the socket as a whole',
    find: '&& isOneFrame(frames)',
    put: '&& false',
    tests: ['test/hub/connection.test.ts'],
  },
  {
    name: 'a console that takes any proof of a hub',
    find: "token !== '' && isSameProof(message.proof, proofOf('hub', key, hello, message));",
    put: "token !== '';",
    tests: [handshake],
  },
  {
    name: 'a hub that takes any proof of a console',
    find: 'isSameProof(message.proof, proof) ? admission : null',
    put: 'admission',
    tests: [handshake],
  },
  {
    name: 'one proof for both sides',
    find: "JSON.stringify(['warroom', side, said, answered])",
    put: "JSON.stringify(['warroom', said, answered])",
    tests: [handshake],
  },
  {
    name: 'a hub that always asks with the same nonce',
    find: '...PROTOCOL, nonce: newNonce() }',
    put: "...PROTOCOL, nonce: '0'.repeat(64) }",
    tests: [handshake],
  },
  {
    name: 'a killed hub that is still gone to',
    find: 'if (isAlive(runtime)) return runtime;',
    put: 'return runtime;',
    tests: [impostor],
  },
  {
    name: 'acknowledge before the write',
    find: 'await writing;',
    put: 'void writing.catch(() => {});',
    tests: [crash, processes],
  },
  {
    name: 'no fsync of the journal',
    find: 'await disk.sync(active.fd);',
    put: '',
    tests: [crash],
  },
  {
    name: 'no fsync of the journal, seen by strace',
    find: 'await disk.sync(active.fd);',
    put: '',
    tests: [processes],
  },
  {
    name: 'no fsync of the folder after a rename',
    find: 'disk.rename(temporary, `${dir}/${name}`); await disk.syncDir(dir);',
    put: 'disk.rename(temporary, `${dir}/${name}`);',
    tests: [crash],
  },
  {
    name: 'no fsync of the folder of incidents',
    find: 'await disk.syncDir(root);',
    put: '',
    tests: [crash],
  },
  {
    name: 'no fsync of the data folder',
    find: 'await all.fs.syncDir(all.dir);',
    put: '',
    tests: [crash],
  },
  {
    name: 'ignore a short write',
    find: 'if (written !== bytes.length)',
    put: 'if (written < 0)',
    tests: [crash],
  },
  {
    name: 'try a failed fsync again',
    find: 'await disk.sync(active.fd);',
    put: 'await disk.sync(active.fd).catch(() => disk.sync(active.fd));',
    tests: [crash, processes],
  },
  {
    name: 'go on after an error',
    find: 'if (this.#fault !== null) return;\n    const why',
    put: 'if (this.#closed || error !== null) return;\n    const why',
    tests: [crash],
  },
  {
    name: 'leave the torn record of a full disk',
    find: 'disk.truncate(active.fd, active.size);',
    put: '',
    tests: [processes],
  },
  {
    name: 'no dedup of what is stored',
    find: 'this.#origins.add(client, n, head.seq);',
    put: '',
    tests: [journal],
  },
  {
    name: 'no dedup of what is under way',
    find: 'this.#keys.has(key) ||',
    put: '',
    tests: [store],
  },
  {
    name: 'cut what is corrupt in the middle',
    find: '|| contradicted(bytes, size)',
    put: '',
    tests: [tail],
  },
  {
    name: 'refuse what a power cut tore in the last commit',
    find: '|| !lostSector(bytes, bad, start, head.synced)',
    put: '|| true',
    tests: [crash],
  },
  {
    name: 'do not check the chain',
    find: 'if (head.prev !== prev)',
    put: 'if (prev === undefined)',
    tests: [tail],
  },
  {
    name: 'do not check the checksum of the last line',
    find: 'if (nextHead?.prev !== hash && !checksumHolds(line))',
    put: 'if (next !== null && nextHead?.prev !== hash && !checksumHolds(line))',
    tests: [tail],
  },
  {
    name: 'take an altered last line for a torn one',
    find: "|| bytes.includes(prev, start, 'latin1')",
    put: '',
    tests: [tail],
  },
  {
    name: 'serve what a dead process left unsynced',
    find: '|| distrust) disk.syncNow(fd)',
    put: ') disk.syncNow(fd)',
    tests: [crash],
  },
  {
    name: 'trust the folders a dead process left',
    find: 'if (folder.isTakenOver) await folder.disk.syncDir(this.dir);',
    put: '',
    tests: [crash],
  },
  {
    name: 'no fsync of the outbox',
    find: 'await fs.sync(file.fd);',
    put: '{}',
    tests: [outbox],
  },
  {
    name: 'an outbox that trusts its file after an error',
    find: 'this.#file = null; try { fs.truncate(',
    put: 'try { fs.truncate(',
    tests: [outbox],
  },
  {
    name: 'an outbox that gives numbers out twice',
    find: 'client: this.client, next: this.#state.next }',
    put: 'client: this.client, next: 1 }',
    tests: [outbox],
  },
  {
    name: 'an outbox that forgets a refusal before anybody saw it',
    find: 'this.#store.refuse(item.n, answer.reason)',
    put: 'this.#store.settle(item.n)',
    tests: [outboxFaults],
  },
  {
    name: 'an outbox that writes on into a deleted file',
    find: 'fs.names(this.#file.fd) === 0',
    put: 'fs.names(this.#file.fd) < 0',
    tests: [outboxFaults],
  },
  {
    name: 'take the lock of another machine',
    find: 'isElsewhere(holder) || isAlive(holder)',
    put: 'isAlive(holder)',
    tests: [journal],
  },
  {
    name: 'hub: acknowledge before the write',
    find: 'this.#inFlight.set(key, NONE);',
    put: 'this.#inFlight.set(key, NONE); if (events[0]) settle({ event: events[0] });',
    tests: [hubDisk],
  },
  {
    name: 'hub: no dedup of what is stored',
    find: 'if (stored) { void',
    put: 'if (stored && submission.id === "") { void',
    tests: [hubInput],
  },
  {
    name: 'hub: who sends again what is under way gets no answer',
    find: 'if (retries.length < limits.burst) this.#inFlight.set(key, [...retries, pending]);',
    put: 'if (retries.length < limits.burst) void 0;',
    tests: [hubInput],
  },
  {
    name: 'hub: another command under the same number is taken for a retry',
    find: 'if (stored.hash !== hash) return',
    put: 'if (stored.hash === hash.slice(1)) return',
    tests: [hubInput],
  },
  {
    name: 'hub: another command under the same number is taken for a retry while the first is under way',
    find: 'settle(submission.origin.hash === hash ?',
    put: 'settle(hash !== "" ?',
    tests: [hubInput],
  },
  {
    name: 'hub: numbers are used up by what was never stored, as by a sequence of a database',
    find: 'this.#ahead = this.#state;',
    put: '',
    tests: [hubDisk],
  },
  {
    name: 'write on into a record that was deleted',
    find: 'disk.names(active.fd) === 0',
    put: 'disk.names(active.fd) < 0',
    tests: [hubOwn],
  },
  {
    name: 'write on when another hub may have the lock',
    find: 'this.#folder.assertOurs();',
    put: '',
    tests: [hubOwn],
  },
  {
    name: 'hub: what was behind a failed commit goes before it',
    find: '...this.#again.splice(0), ...this.#queue.takeAll()]',
    put: '...this.#again.splice(0)]',
    tests: [hubOwn],
  },
  {
    name: 'a snapshot of another history is taken when its numbers fit',
    find: '|| idAt(record, seq) !== last) return null;',
    put: ') return null;',
    tests: [store],
  },
  {
    name: 'hub: time in the record goes back with the clock',
    find: 'last !== null && last > now ? last : now',
    put: 'now',
    tests: [hubTime],
  },
  {
    name: 'hub: a batch goes to a console that misses what came before',
    find: 'this.#sent === first - 1 &&',
    put: '',
    tests: [flow],
  },
  {
    name: 'the index of another data folder is believed',
    find: '|| now.ino !== ino',
    put: '',
    tests: [index],
  },
  {
    name: 'the index is believed when its checksum is wrong',
    find: 'return checksumHolds(line) ? line : Buffer.alloc(0);',
    put: 'return line;',
    tests: [index],
  },
  {
    name: 'the details in the index are believed of other entries',
    find: "next()?.toString('latin1', 0, JSON_AT) === columns.sum",
    put: 'next() !== null',
    tests: [index],
  },
  {
    name: 'the index keeps what is gone from the disk',
    find: 'if (missing > 0) this.#index',
    put: 'if (missing > 1e9) this.#index',
    tests: [index],
  },
  {
    name: 'a record is not compared with its index entry when it is opened',
    find: 'if (isRight) return;',
    put: 'if (isRight || entry !== null) return;',
    tests: [index],
  },
  {
    name: 'an index entry is believed when the record has another length',
    find: "if (now.size < size) return now.ino === ino ? 'shortened' : 'replaced';",
    put: '',
    tests: [index],
  },
  {
    name: 'an append after another seq than the expected one',
    find: 'if (expectedSeq !== this.#queued) {',
    put: 'if (expectedSeq > this.#queued) {',
    tests: ['test/log/journal-store.test.ts'],
  },
  {
    name: 'an index made by another version of the core is believed',
    find: "&& value['version'] === this.#fold.version",
    put: '',
    tests: [index],
  },
  {
    name: 'decisions: an objection after the limit is accepted',
    find: 'if (now >= objectionsUntil)',
    put: "if (now === '')",
    tests: [decisions],
  },
  {
    name: 'decisions: one that was objected to stands by itself',
    find: "decision.objected.length === 0 ? 'stands' : 'objected'",
    put: "'stands'",
    tests: [decisions],
  },
  {
    name: 'decisions: who agrees after an objection is taken for both',
    find: 'objected: decision.objected.filter(({ name }) => name !== by.name),',
    put: '',
    tests: [decisions],
  },
  {
    name: 'triage: an older answer wins',
    find: '{ ...triage, [n]: { seq, text: shortenText(text), by: by.name, at } }',
    put: '{ [n]: { seq, text: shortenText(text), by: by.name, at }, ...triage }',
    tests: [triage],
  },
  {
    name: 'impact: revised in part, the rest is forgotten',
    find: 'const impact = { ...before, ...said };',
    put: 'const impact = { ...said };',
    tests: [triage],
  },
  {
    name: 'next: a missed deadline stands above a new alarm',
    find: "({ incident, context }) => alarms(incident, context), ({ due: { ack } }) => [ ack ? { what: 'acknowledge', text: 'acknowledge', dueAt: ack.at, command: 'warroom ack' } : null, ],",
    put: "({ due: { ack } }) => [ack ? { what: 'acknowledge', text: 'acknowledge', dueAt: ack.at, command: 'warroom ack' } : null], ({ incident, context }) => alarms(incident, context),",
    tests: [next],
  },
  {
    name: 'next: an alarm that somebody is on asks',
    find: 'acked !== undefined || inhibited !== undefined',
    put: 'inhibited !== undefined',
    tests: [next],
  },
  {
    name: 'relations: a link is written in one record only',
    find: 'const answer = await rooms.execute(other, { ...submission, command: back });',
    put: 'const answer = result;',
    tests: ['test/hub/commands.test.ts'],
  },
  {
    name: 'on-call: an override is ignored',
    find: 'if (override !== undefined) return override.name;',
    put: '',
    tests: ['test/oncall/shifts.test.ts'],
  },
  {
    name: 'escalation: paged although somebody acknowledged',
    find: 'if (isAcknowledged(state)) return whenSilent(state, paging, now, policy);',
    put: '',
    tests: [escalation],
  },
  {
    name: 'escalation: a level is paged twice: what was paged is forgotten',
    find: 'const pages = [...paging.pages.filter(({ level }) => level !== added.level), added];',
    put: 'const { pages } = paging;',
    tests: [escalation],
  },
  {
    name: 'escalation: what fell due while the hub was down pages without asking',
    find: 'isOld: now - at > ASK_FIRST_MS',
    put: 'isOld: false',
    tests: [escalation],
  },
  {
    name: 'escalation: a snooze is ignored',
    find: 'notBefore: until }',
    put: 'notBefore: recorded }',
    tests: [escalation],
  },
];

const root = path.resolve(import.meta.dirname, '../..');
const PARTS = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'src',
  'panels',
  'config',
  'docs',
  'test',
  'dist',
];

/** A copy of what the tests of the log and the hub need. */
function copy(): string {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'warroom-mutant-'));
  for (const part of PARTS)
    fs.cpSync(path.join(root, part), path.join(dir, part), {
      recursive: true,
      filter: (file) => path.basename(file) !== 'golden',
    });
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
  // Without the set-up of the run, which starts servers.
  const config = 'export default { test: { testTimeout: 120_000, bail: 1 } };';
  fs.writeFileSync(path.join(dir, 'vitest.config.ts'), config);
  fs.mkdirSync(path.join(dir, 'tmp'));
  return dir;
}

const sources = (dir: string): readonly string[] =>
  fs
    .readdirSync(path.join(dir, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(dir, 'src', file));

const patternOf = (text: string): RegExp =>
  new RegExp(
    text
      .trim()
      .split(/\s+/)
      .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
      .join(String.raw`\s+`),
    'g',
  );

/** The places in `dir` where the code of a bug stands. */
function places(dir: string, { find }: Mutant): readonly string[] {
  const pattern = patternOf(find);
  return sources(dir).flatMap((file) => [...fs.readFileSync(file, 'utf8').matchAll(pattern)].map(() => file));
}

/**
 * Builds the copy, for the tests that start programs of the build. Answers with a name in the planted code that is not
 * there (any more): it would fail a test, and prove nothing.
 */
function build(dir: string, file: string): string | undefined {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: dir, encoding: 'utf8' });
  // A type that the bug narrows to nothing is no missing name.
  const missing = /error TS(?:2304|2339|2551|2552):(?!.*on type 'never')/;
  return stdout.split('\n').find((line) => line.startsWith(path.relative(dir, file)) && missing.test(line));
}

/** The names of the tests that fail there; a file that does not even load counts for nothing. */
function failing(dir: string, tests: readonly string[]): readonly string[] {
  const vitest = path.join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--reporter=json', ...tests];
  const { stdout } = spawnSync(process.execPath, args, {
    cwd: dir,
    encoding: 'utf8',
    env: { ...process.env, CI: '1', TMPDIR: path.join(dir, 'tmp') },
    maxBuffer: 2 ** 28,
  });
  return [...stdout.matchAll(/"status":"failed","title":"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
}

/** Plants the bug, runs its tests, takes it out again. */
function caughtBy(dir: string, mutant: Mutant): string {
  const [file, ...others] = places(dir, mutant);
  if (file === undefined) return 'THE CODE IS NOT FOUND in src/; mend the list in test/faults/mutants.ts';
  if (others.length > 0) return `THE CODE STANDS ${1 + others.length} TIMES in src/; name more of it`;
  const source = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(
    file,
    source.replace(patternOf(mutant.find), () => mutant.put),
  );
  const missing = build(dir, file);
  const [first] = missing === undefined ? failing(dir, mutant.tests) : [];
  fs.writeFileSync(file, source);
  if (missing !== undefined) return `THE BUG DOES NOT FIT: ${missing}`;
  return first === undefined ? `NOT CAUGHT (${path.relative(dir, file)})` : `caught: ${first}`;
}

if (process.argv[1] === import.meta.filename) {
  const wanted = MUTANTS.filter(({ name }) => name.includes(process.argv[2] ?? ''));
  const dir = copy();
  process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }));
  const tests = [...new Set(wanted.flatMap((mutant) => mutant.tests))];
  const lost = tests.filter((file) => !fs.existsSync(path.join(dir, file)));
  // A busy machine may fail a test once.
  const broken = lost.length > 0 || failing(dir, tests).length === 0 ? [] : failing(dir, tests);
  for (const file of lost) console.log(`${file}: NOT THERE`);
  for (const name of broken) console.log(`FAILS WITHOUT ANY BUG: ${name}`);
  let caught = 0;
  if (lost.length === 0 && broken.length === 0)
    for (const mutant of wanted) {
      const verdict = caughtBy(dir, mutant);
      if (verdict.startsWith('caught')) caught++;
      console.log(`${mutant.name}: ${verdict}`);
    }
  console.log(`${caught} of ${wanted.length} planted bugs caught`);
  process.exitCode = wanted.length > 0 && caught === wanted.length ? 0 : 1;
}
