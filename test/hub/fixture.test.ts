/** A data folder of the first version opens, verifies and goes on, and means what it meant (test/fixtures/README.md). */
import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventText } from '../../panels/entry.ts';
import type { Event } from '../../src/incident/event.ts';
import { blankIncident } from '../../src/incident/incident.ts';
import { evolve } from '../../src/incident/topics/index.ts';
import { verifyRecord } from '../../src/log/verify.ts';
import { until } from '../support/patience.ts';
import { ask, Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const from = path.join(import.meta.dirname, '../fixtures/data-2026-11');
const show = JSON.parse(readFileSync(`${from}/show.json`, 'utf8')) as Record<string, unknown> & { incident: string };
const tail = readFileSync(`${from}/tail.jsonl`, 'utf8').trimEnd().split('\n');

async function copy(): Promise<string> {
  const dir = await opened.folder();
  cpSync(from, dir, { recursive: true });
  return dir;
}

test('every record of it verifies', async () => {
  const dir = await copy();
  const records = ['2026-11-26-a-drill', '2026-11-26-cache-is-gone', '2026-11-26-old-trouble'];
  for (const record of records)
    expect(await verifyRecord(`${dir}/incidents/${record}`)).toMatchObject({ bad: null, tornBytes: 0 });
  expect((await verifyRecord(`${dir}/incidents/${show.incident}`)).head).toBe(tail.length);
});

test('the open incident is as that version told it, entry by entry, and goes on', async () => {
  const hub = await opened.hub(await copy());
  const ana = await opened.client(hub, 'ana', { incident: show.incident });
  await until('it is all there', () => ana.view.events.length >= tail.length);
  const before = ana.view.events.slice(0, tail.length);
  expect(before).toEqual(tail.map((line) => JSON.parse(line) as Event));
  const incident = before.reduce(evolve, blankIncident(show.incident));
  const known = Object.entries(show).filter(([key]) => Object.hasOwn(incident, key));
  expect(known.length).toBeGreaterThan(10);
  expect(incident).toMatchObject(Object.fromEntries(known));
  expect(incident.deadlines).toEqual((show['clocks'] as { deadlines: unknown }).deadlines);
  for (const event of before as readonly Event[]) expect(eventText(event)).not.toMatch(/does not know|undefined/);

  const next = await ask(ana, { kind: 'note', text: 'the new version goes on' }, show.incident);
  // What that version did not record, and this one does: the public was promised a word that never came.
  expect(ana.view.events.slice(tail.length).map(({ kind }) => kind)).toContain('deadline_missed');
  expect('ack' in next ? next.ack.seq : 0).toBeGreaterThan(tail.length);
  expect(ana.view.incidents.map(({ id }) => id)).toContain(show.incident);
});
