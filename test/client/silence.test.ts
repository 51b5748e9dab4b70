/** A hub that is stopped: the console says so within seconds, and what is typed meanwhile keeps the time it was typed. */
import { afterAll, expect, test } from 'vitest';
import { Client } from '../../src/client/client.ts';
import { systemClock } from '../../src/protocol/clock.ts';
import { InProcess } from '../support/program.ts';
import { until } from '../support/patience.ts';

const place = new InProcess();
afterAll(() => place.close());

test('silence of 3 s is told, 10 s is lost; a note typed meanwhile is recorded with the time it was typed', async () => {
  const { ready, child } = await place.hub();
  const { incident } = (await place.json(['declare', 'hub stops', '--sev', '2'])) as { incident: string };
  const client = new Client({
    url: ready.url,
    token: ready.token,
    name: 'alice',
    via: 'console',
    live: true,
    outbox: null,
    incident,
    clock: systemClock,
    random: () => 0.5,
  });
  try {
    await until('the incident is there', () => client.view.incident !== null);
    expect(client.view.link.silentMs).toBe(null);
    child.kill('SIGSTOP');
    const stopped = Date.now();
    await until('silence is told', () => (client.view.link.silentMs ?? 0) >= 3_000);
    // The last word may have been up to two seconds old when the hub was stopped.
    expect(Date.now() - stopped).toBeLessThan(5_000);
    expect(client.view.link.state).toBe('live');
    const typed = Date.now();
    const { n } = await client.submit({ kind: 'note', text: 'typed while it is silent' }, incident);
    await until('the link is lost', () => client.view.link.state === 'lost');
    expect(Date.now() - stopped).toBeLessThan(13_000);
    child.kill('SIGCONT');
    await client.settled(n);
    await until('the note is there', () => client.view.events.at(-1)?.kind === 'noted');
    const note = client.view.events.at(-1)!;
    expect(Math.abs(Date.parse(note.at) - typed)).toBeLessThan(1_000);
    expect(Date.parse(note.recorded) - typed).toBeGreaterThan(5_000);
    const after = await client.submit({ kind: 'note', text: 'after it' }, incident);
    await client.settled(after.n);
    const texts = (): string[] =>
      client.view.events.flatMap((event) => (event.kind === 'noted' ? [event.data.text] : []));
    await until('the next one is there', () => texts().includes('after it'));
    expect(texts()).toEqual(['typed while it is silent', 'after it']);
  } finally {
    child.kill('SIGCONT');
    await client.close();
  }
}, 60_000);
