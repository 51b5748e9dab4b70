/** What every Log promises. Each implementation's test calls `logContract`. */
import { expect, test } from 'vitest';
import type { Event } from '../../src/incident/event.ts';
import { written } from '../../src/incident/event-codec.ts';
import { LogFault, type Append, type Log } from '../../src/log/log.ts';
import { note, origin } from './sample.ts';

/** One place that keeps a log: `open` may be called again after `close` and finds what was there. */
export interface Place {
  open(): Promise<Log>;
}

const faultOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof LogFault ? error.code : String(error);
  }
};
const all = async (log: Log, incident: string, after = 0): Promise<readonly Event[]> => {
  const events: Event[] = [];
  for await (const event of log.read(incident, after)) events.push(event);
  return events;
};

export function logContract(name: string, place: () => Place): void {
  test(`${name}: a new record is empty, has an epoch, and cannot be created twice`, async () => {
    const log = await place().open();
    await log.create('a');
    expect(log.head('a')).toBe(0);
    expect(log.epoch('a')).not.toBe('');
    expect(log.incidents()).toEqual(['a']);
    expect(await all(log, 'a')).toEqual([]);
    await expect(log.create('a')).rejects.toThrow('already');
    await expect(Promise.all([log.create('b'), log.create('b')])).rejects.toThrow('already');
    expect(() => log.head('nothing')).toThrow('no record');
    await log.close();
  });

  test(`${name}: what was appended is read back the same, before and after a restart`, async () => {
    const where = place();
    let log = await where.open();
    await log.create('a');
    const hostile = '\u001b[31m"\\ ,"events":[{}]} \u2028 \ud83d\udea8 {bold} \ud800';
    const events = [note('a', 1, hostile), note('a', 2), note('a', 3)];
    const first = await log.append('a', events.slice(0, 1), origin(1));
    await log.append('a', events.slice(1), origin(2));
    expect(first).toMatchObject({ events: events.slice(0, 1), texts: events.slice(0, 1).map(written) });
    const epoch = log.epoch('a');
    for (let restart = 0; restart < 2; restart++) {
      expect(log.epoch('a')).toBe(epoch);
      expect(log.head('a')).toBe(3);
      expect(await all(log, 'a')).toEqual(events);
      expect(await all(log, 'a', 2)).toEqual(events.slice(2));
      expect(log.texts('a', 0, 2)).toEqual(events.slice(0, 2).map(written));
      expect(log.texts('a', 1, 100)).toEqual(events.slice(1).map(written));
      expect(log.get('a', 3)).toEqual(events[2]);
      expect(log.texts('a', 1, 100, 1)[0]).toBe(written(events[1]!));
      expect([log.get('a', 0), log.get('a', 4), log.texts('a', 3, 9)]).toEqual([undefined, undefined, []]);
      await log.close();
      log = await where.open();
    }
    await log.close();
  });

  test(`${name}: appends of one turn resolve in order and keep their order`, async () => {
    const log = await place().open();
    await log.create('a');
    const done: number[] = [];
    const appends = Array.from({ length: 1500 }, async (_, i) => {
      await log.append('a', [note('a', i + 1)], origin(i + 1));
      done.push(i + 1);
    });
    expect(log.head('a')).toBe(0);
    await Promise.all(appends);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect((await all(log, 'a')).map((event) => event.seq)).toEqual(done);
    await log.close();
  });

  test(`${name}: a gap, a repetition or another incident's event is refused and changes nothing`, async () => {
    const log = await place().open();
    await log.create('a');
    await log.append('a', [note('a', 1)], origin(1));
    for (const events of [[note('a', 3)], [note('a', 1)], [note('b', 2)], [note('a', 2), note('a', 4)], []])
      expect(await faultOf(log.append('a', events, origin(2)))).toBe('conflict');
    expect(log.head('a')).toBe(1);
    await log.append('a', [note('a', 2)], origin(2));
    await log.close();
  });

  test(`${name}: (client, n) is found for ever and is never stored twice`, async () => {
    const where = place();
    let log = await where.open();
    await log.create('a');
    const numbers = [0, 1, 7, 4_294_967_296, 9_007_199_254_740_991];
    for (const [i, n] of numbers.entries()) await log.append('a', [note('a', i + 1)], origin(n, i % 2 ? 'é"x' : 'y'));
    for (let restart = 0; restart < 2; restart++) {
      for (const [i, n] of numbers.entries()) {
        const client = i % 2 ? 'é"x' : 'y';
        expect(log.find('a', client, n)).toEqual({ seq: i + 1, hash: `hash of ${n}` });
        expect(log.find('a', i % 2 ? 'y' : 'é"x', n)).toBeUndefined();
        expect(await faultOf(log.append('a', [note('a', 6)], origin(n, client)))).toBe('conflict');
      }
      expect(log.find('a', 'y', 2)).toBeUndefined();
      await log.close();
      log = await where.open();
    }
    const twice = [6, 7].map((seq) => faultOf(log.append('a', [note('a', seq)], origin(50))));
    expect(await Promise.all(twice)).toEqual(['none', 'conflict']);
    expect(log.head('a')).toBe(6);
    await log.close();
  });

  test(`${name}: several commands at once are stored together or not at all`, async () => {
    const log = await place().open();
    await log.create('a');
    const one = (seq: number, n: number): Append => ({ events: [note('a', seq)], origin: origin(n) });
    const two = { events: [note('a', 2), note('a', 3)], origin: origin(2) };
    for (const wrong of [one(5, 3), one(4, 1), one(4, -1), { events: [], origin: origin(3) }])
      expect(await faultOf(log.appendAll('a', [one(1, 1), two, wrong]))).toBe('conflict');
    expect(log.head('a')).toBe(0);
    const stored = await log.appendAll('a', [one(1, 1), two, one(4, 3)]);
    expect(stored.map(({ events }) => events.map(({ seq }) => seq))).toEqual([[1], [2, 3], [4]]);
    expect([1, 2, 3].map((n) => log.find('a', 'c1', n)?.seq)).toEqual([1, 2, 4]);
    expect(await log.appendAll('a', [])).toEqual([]);
    await log.close();
  });

  test(`${name}: only durable records are seen`, async () => {
    const log = await place().open();
    await log.create('a');
    const append = log.append('a', [note('a', 1)], origin(1));
    expect([log.head('a'), log.get('a', 1), log.find('a', 'c1', 1)]).toEqual([0, undefined, undefined]);
    await append;
    expect([log.head('a'), log.get('a', 1)?.seq, log.find('a', 'c1', 1)?.seq]).toEqual([1, 1, 1]);
    await log.close();
  });

  test(`${name}: incidents do not mix`, async () => {
    const log = await place().open();
    await Promise.all(['a', 'b', 'c'].map((id) => log.create(id)));
    await Promise.all(['a', 'b', 'c'].map((id) => log.append(id, [note(id, 1), note(id, 2)], origin(1))));
    for (const id of log.incidents()) expect((await all(log, id)).map((e) => e.incident)).toEqual([id, id]);
    expect(log.incidents()).toHaveLength(3);
    await log.close();
  });

  test(`${name}: close waits for what is under way; afterwards appends are refused`, async () => {
    const where = place();
    const log = await where.open();
    await log.create('a');
    const append = log.append('a', [note('a', 1)], origin(1));
    await log.close();
    expect(await faultOf(append)).toBe('none');
    expect(await faultOf(log.append('a', [note('a', 2)], origin(2)))).toBe('closed');
    const again = await where.open();
    expect(again.head('a')).toBe(1);
    await again.close();
  });
}
