/** Records that are damaged, copied or gone: the hub goes on without what nobody needs tonight, and says what to do about the rest. */
import { execSync } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { verifyRecord } from '../../src/log/verify.ts';
import type { Client } from '../../src/client/client.ts';
import type { Status } from '../../src/incident/vocabulary.ts';
import { until } from '../support/patience.ts';
import { Raw } from '../support/raw.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const fileOf = (dir: string, incident: string): string => `${dir}/incidents/${incident}/000001.log`;
/** Alters one byte of the first line that holds `text`. */
function damage(file: string, text: string): void {
  const bytes = fs.readFileSync(file);
  bytes[bytes.indexOf(text)] = 0x58;
  fs.writeFileSync(file, bytes);
}
async function set(client: Client, incident: string, ...statuses: readonly Status[]): Promise<void> {
  for (const to of statuses)
    expect(await ask(client, { kind: 'set_status', to, why: 'as told' }, incident)).toHaveProperty('ack');
}

/** The record of an incident that a hub before has left in `dir`. */
async function recordIn(dir: string): Promise<string> {
  const before = await opened.hub(dir);
  const ben = await opened.client(before, 'ben');
  const incident = await declare(ben);
  await ben.close();
  await before.close();
  return incident;
}

test('a damaged record of an incident that is over: told with its place, and the hub goes on without it', async () => {
  const dir = await opened.folder();
  const before = await opened.hub(dir);
  const ben = await opened.client(before, 'ben', { incident: null });
  const [over, open] = [await declare(ben, 'over'), await declare(ben, 'open')];
  await ask(ben, { kind: 'note', text: 'the first words' }, over);
  await set(ben, over, 'investigating', 'cancelled');
  await ben.close();
  await before.close();
  damage(fileOf(dir, over), 'first words');
  const bytes = fs.readFileSync(fileOf(dir, over));

  const said: string[] = [];
  const hub = await opened.hub(dir, { say: (line) => said.push(line) });
  const place = `${fileOf(dir, over)}:3 (byte `;
  expect(said.join()).toContain(place);
  expect(hub.stats()).toMatchObject({ damaged: 1, incidents: 1 });
  const ana = await opened.client(hub, 'ana');
  await until('ana looks at the other', () => ana.view.incident?.id === open);
  expect(ana.view.damaged).toMatchObject([{ incident: over, reason: expect.stringContaining(place) }]);
  ana.follow(over);
  await until('it is told', () => ana.view.unserved?.includes(place));
  expect(await ask(ana, { kind: 'note', text: 'x' }, over)).toMatchObject({ nack: { code: 'not_found' } });
  // Its name is taken: another one of the same title does not get into its folder.
  expect(await declare(ana, 'over')).toBe(`${over}-2`);
  expect(fs.readFileSync(fileOf(dir, over))).toEqual(bytes);
});

test('a damaged record of an incident that may be open keeps the hub down, which says exactly what to do', async () => {
  const dir = await opened.folder();
  const before = await opened.hub(dir);
  const ben = await opened.client(before, 'ben', { incident: null });
  const [open, reopened, cut] = [await declare(ben, 'open'), await declare(ben, 'reopened'), await declare(ben, 'cut')];
  for (const id of [open, reopened, cut]) await ask(ben, { kind: 'note', text: 'the first words' }, id);
  await set(ben, reopened, 'investigating', 'cancelled', 'investigating');
  await set(ben, cut, 'investigating', 'cancelled');
  await ask(ben, { kind: 'note', text: 'the last words' }, cut);
  await ask(ben, { kind: 'note', text: 'and one more' }, cut);
  await ben.close();
  await before.close();
  for (const id of [open, reopened]) damage(fileOf(dir, id), 'first words');
  // What cannot be read comes after its end: it may have been opened again, and no index says that it was not.
  damage(fileOf(dir, cut), 'last words');
  fs.rmSync(`${dir}/index.ndjson`);

  const refusal = await opened.hub(dir).then(
    () => '',
    (error: unknown) => String(error),
  );
  for (const id of [open, reopened, cut]) expect(refusal).toContain(`${fileOf(dir, id)}:`);
  await until('it let go of the folder', () => !fs.existsSync(`${dir}/hub.lock`));
  // The way on that it names, taken word for word.

  const commands = refusal.split('\n').filter((line) => /^ {2}(mkdir|mv) /.test(line));
  for (const command of commands) execSync(command);
  const hub = await opened.hub(dir);
  expect(await declare(await opened.client(hub, 'ana'), 'open')).toBe(open);
  expect(fs.readdirSync(`${dir}/damaged`).sort()).toEqual([open, reopened, cut].sort());
  expect((await verifyRecord(`${dir}/damaged/${open}`)).bad).toMatchObject({ line: 3 });
});

test('a copy of a record beside it, as somebody makes who is about to repair something, keeps nobody waiting', async () => {
  const dir = await opened.folder();
  const incident = await recordIn(dir);
  fs.cpSync(`${dir}/incidents/${incident}`, `${dir}/incidents/${incident}.bak`, { recursive: true });
  const hub = await opened.hub(dir);
  expect(hub.stats()).toMatchObject({ damaged: 1, incidents: 1 });
});

test('another hub under the same address, which has not the incident: the console says that what it shows is from before', async () => {
  const [one, other] = [await opened.folder(), await opened.folder()];
  const first = await opened.hub(one);
  const port = Number(new URL(first.url).port);
  const ana = await opened.client(first, 'ana', { random: () => 0.01 });
  const incident = await declare(ana);
  await until('it is shown', () => ana.view.events.length === 1);
  await first.close();
  await until('the loss is shown', () => ana.view.link.state !== 'live');
  await ana.submit({ kind: 'note', text: 'meant for the first' }, incident);
  fs.copyFileSync(`${one}/token`, `${other}/token`);
  fs.chmodSync(`${other}/token`, 0o600);
  const second = await opened.hub(other, { listen: { host: '127.0.0.1', port } });
  await until('it is told', () => ana.view.unserved === `there is no incident ${incident}`);
  expect(ana.view.incident?.id).toBe(incident);
  await until('the entry is refused, and stays', () => ana.view.pending[0]?.state === 'refused');
  await second.close();
  await opened.hub(one, { listen: { host: '127.0.0.1', port } });
  await until('the first one is back', () => ana.view.unserved === null && ana.view.link.state === 'live');
});

test('a snapshot that cannot be read, such as a folder of its name, costs nothing', async () => {
  const dir = await opened.folder();
  const incident = await recordIn(dir);
  fs.mkdirSync(`${dir}/incidents/${incident}/snapshot.json`);
  const hub = await opened.hub(dir);
  const raw = await Raw.hello(hub);
  expect((await raw.hear('welcome')).incidents).toMatchObject([{ id: incident }]);
});
