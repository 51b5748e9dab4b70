/** What becomes of a console's outbox: killed consoles, refusals nobody saw, files deleted, copied, altered, put back. */
import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { openOutbox, type Outbox } from '../../src/log/outbox.ts';
import { until } from '../support/patience.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const words = (outbox: Outbox): readonly string[] =>
  outbox.waiting().map(({ command }) => String(command['text'] ?? command.kind));
const put = (outbox: Outbox, k: number, incident = 'a'): Promise<{ readonly n: number }> =>
  outbox.put({ incident, command: { kind: 'note', text: `text ${k}` }, id: `01ARZ3NDEKTSV4RRFFQ69G5F${k}0` });
/** The console that has these outboxes is killed, as far as anybody can tell. */
function killed(dir: string, holder: object = { pid: 999_999_999, start: '1' }): void {
  for (const name of fs.readdirSync(dir))
    if (name.endsWith('.lock')) fs.writeFileSync(`${dir}/${name}`, JSON.stringify(holder));
}

test('a console killed before anybody saw a refusal: the next one shows it, until it is forgotten', async () => {
  const hub = await opened.hub(await opened.folder());
  const dir = await opened.folder();
  const first = await opened.client(hub, 'ana', { outbox: await openOutbox({ dir }) });
  const incident = await declare(first);
  const answer = await ask(first, { kind: 'amend', ref: 77, text: 'x', why: 'y' }, incident);
  const reason = 'nack' in answer ? answer.nack.reason : '';
  expect(reason).toMatch(/no entry #77/);
  await first.close();
  for (let console = 0; console < 2; console++) {
    killed(dir);
    const outbox = await openOutbox({ dir });
    const next = await opened.client(hub, 'ana', { outbox, incident });
    await until('it is live', () => next.view.events.length === 1);
    expect(next.view.pending).toMatchObject([{ state: 'refused', text: 'amend #77: x', reason }]);
    if (console === 1) next.dismiss(next.view.pending[0]?.id ?? '');
    await next.close();
    if (console === 1) await outbox.close();
  }
  expect((await openOutbox({ dir })).others()).toEqual([]);
  // It was not asked again.
  expect(hub.stats().commands.refused).toBe(1);
});

test('an outbox deleted or put back from a backup under a running console: what it keeps next is on disk all the same', async () => {
  const dir = await opened.folder();
  const outbox = await openOutbox({ dir });
  await put(outbox, 1);
  const [file = ''] = fs.readdirSync(dir).filter((name) => name.endsWith('.outbox'));
  const backup = fs.readFileSync(`${dir}/${file}`);
  await put(outbox, 2);
  fs.writeFileSync(`${dir}/restored`, backup);
  fs.renameSync(`${dir}/restored`, `${dir}/${file}`);
  await put(outbox, 3);
  fs.rmSync(dir, { recursive: true });
  await put(outbox, 4);
  expect(fs.readdirSync(dir).some((name) => name.endsWith('.lock'))).toBe(true);
  killed(dir);
  const next = await openOutbox({ dir });
  expect(next.others().map(words)).toEqual([['text 1', 'text 2', 'text 3', 'text 4']]);
  await next.close();
});

test('a first line that is damaged costs no command, and that something is unreadable is said', async () => {
  const dir = await opened.folder();
  const dead = await openOutbox({ dir });
  for (const k of [1, 2]) await put(dead, k);
  await dead.close();
  const [file = ''] = fs.readdirSync(dir);
  const bytes = fs.readFileSync(`${dir}/${file}`);
  bytes[20] = 0x41;
  fs.writeFileSync(`${dir}/${file}`, bytes);
  const next = await openOutbox({ dir });
  expect(next.others().map((other) => [other.client, words(other)])).toEqual([[dead.client, ['text 1', 'text 2']]]);
  expect(next.troubles()).toEqual([expect.stringMatching(/1 line of what an earlier console kept cannot be read/)]);
  expect((await put(next.others()[0] as Outbox, 3)).n).toBeGreaterThan(1_000);
  await next.close();
});

test('a copy of an outbox beside it: each command is in the record once, and nobody loses a file', async () => {
  const hub = await opened.hub(await opened.folder());
  const incident = await declare(await opened.client(hub, 'ben'));
  const dir = await opened.folder();
  const mine = await openOutbox({ dir });
  for (const k of [1, 2]) await put(mine, k, incident);
  fs.copyFileSync(`${dir}/${mine.client}.outbox`, `${dir}/copy-of-it.outbox`);
  const other = await opened.client(hub, 'ana', { outbox: await openOutbox({ dir }), incident });
  await until('the copy is sent', () => other.view.events.length === 3 && other.view.pending.length === 0);
  await other.close();
  expect(fs.existsSync(`${dir}/${mine.client}.outbox`)).toBe(true);
  const ana = await opened.client(hub, 'ana', { outbox: mine, incident });
  await until('all is answered', () => ana.view.pending.length === 0 && ana.view.events.length === 3);
});

test('an outbox whose console is on another machine is left alone, and that something waits in it is said', async () => {
  const dir = await opened.folder();
  const outbox = await openOutbox({ dir });
  await put(outbox, 1);
  killed(dir, { pid: 12, start: '1', boot: 'of another machine', host: 'build-7' });
  const next = await openOutbox({ dir });
  expect(next.others()).toEqual([]);
  expect(next.troubles()).toEqual([
    expect.stringMatching(/^1 command waits in an outbox of process 12 on another machine, build-7; .*remove .*\.lock/),
  ]);
  fs.rmSync(`${dir}/${outbox.client}.lock`);
  expect((await next.adopt()).map(words)).toEqual([['text 1']]);
  await next.close();
});
