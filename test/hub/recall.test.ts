/** Snapshots are only a shortcut: with, without, damaged, or of another history, the incident is the same. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { foldVersion, keep, recall } from '../../src/hub/recall.ts';
import { openJournal } from '../../src/log/journal.ts';
import type { Client } from '../../src/client/client.ts';
import { ask, declare, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

test('the same incident from the record and from a snapshot', async () => {
  const dir = await opened.folder();
  const hub = await opened.hub(dir);
  const ana: Client = await opened.client(hub, 'ana');
  const incident = await declare(ana);
  for (let index = 0; index < 5; index++)
    await ask(ana, { kind: 'note', text: `${index}?`, form: 'question' }, incident);
  await hub.close();

  const log = await openJournal({ dir });
  opened.later(() => log.close());
  const version = foldVersion();
  const whole = await recall(incident, log, dir, version);
  expect(whole).toMatchObject({ from: 0, state: { head: 6 } });
  await keep(whole.state, log, dir, version);
  expect(await recall(incident, log, dir, version)).toEqual({ state: whole.state, from: 6 });
  expect(await recall(incident, log, dir, version + 1)).toEqual(whole);

  const file = path.join(dir, 'incidents', incident, 'snapshot.json');
  const good = await readFile(file);
  await keep({ ...whole.state, head: 99 }, log, dir, version);
  expect(await recall(incident, log, dir, version)).toEqual(whole);
  // The same numbers, another history: an older copy of the record was put back and went on.
  const other = { ...log, epoch: log.epoch.bind(log), head: log.head.bind(log), get: () => undefined };
  await keep(whole.state, Object.assign(Object.create(log) as typeof log, other), dir, version);
  expect(await recall(incident, log, dir, version)).toEqual(whole);
  // A record that cannot be read any more costs the snapshot, not the hub.
  const blind = { ...other, get: () => expect.fail('unreadable') };
  await keep(whole.state, Object.assign(Object.create(log) as typeof log, blind), dir, version);
  await writeFile(file, good.subarray(0, good.length / 2));
  expect(await recall(incident, log, dir, version)).toEqual(whole);
});
