/** What every EventStore promises. Each implementation's test calls `eventStoreContract`. */
import { expect, test } from 'vitest';
import type { Event } from '../../src/incident/event.ts';
import { written } from '../../src/incident/event-codec.ts';
import { StoreFault, type Append, type EventStore, type Fold } from '../../src/log/event-store.ts';
import { note, origin } from './sample.ts';

/** A fold that shows everything a store could get wrong: it keeps the seqs it saw. A stream is cold once it holds "end". */
export interface Seen {
  readonly stream: string;
  readonly seqs: readonly number[];
  readonly cold: boolean;
}
export const seen: Fold<Seen, string> = {
  version: 1,
  blank: (stream) => ({ stream, seqs: [], cold: false }),
  evolve: (state, event) => ({
    ...state,
    seqs: [...state.seqs, event.seq],
    cold: event.kind === 'noted' && event.data.text === 'end',
  }),
  read: (raw) => {
    const state = raw as Seen;
    return typeof state === 'object' && state !== null && Array.isArray(state.seqs) ? state : null;
  },
  isCold: ({ cold }) => cold,
  summary: ({ stream, seqs }) => `${stream}: ${seqs.length}`,
  isSummary: (raw) => typeof raw === 'string',
};

/** One place that keeps a store: `open` may be called again after `close` and finds what was there. */
export interface StorePlace {
  open(): Promise<EventStore<Seen, string>>;
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'none';
  } catch (error) {
    return error instanceof StoreFault ? error.code : String(error);
  }
};
const one = (stream: string, seq: number, n = seq, text?: string): Append => ({
  events: [note(stream, seq, text)],
  origin: origin(n),
});
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

export function eventStoreContract(name: string, place: () => StorePlace): void {
  test(`${name}: an append after 0 creates the stream; what is not there is told apart from what is empty`, async () => {
    const where = place();
    let store = await where.open();
    expect([await store.list(), await store.open('a'), await store.read('a', 0, 9)]).toEqual([[], null, []]);
    expect(await store.origin('a', 'c1', 1)).toBeUndefined();
    expect(await codeOf(store.append('a', 1, [one('a', 2)]))).toBe('conflict');
    await store.append('a', 0, [one('a', 1)]);
    expect(await codeOf(store.append('a', 0, [one('a', 1, 7)]))).toBe('conflict');
    const opened = await store.open('a');
    expect(opened).toMatchObject({ head: 1, state: { stream: 'a', seqs: [1] } });
    expect(opened?.epoch).not.toBe('');
    await store.close();
    store = await where.open();
    expect(await store.list()).toEqual([{ stream: 'a', cold: false, head: 1, summary: 'a: 1' }]);
    expect(await store.open('a')).toEqual(opened);
    await store.close();
  });

  test(`${name}: what was appended is read back the same, before and after a restart`, async () => {
    const where = place();
    let store = await where.open();
    const hostile = '\u001b[31m"\\ ,"events":[{}]} \u2028 \ud83d\udea8 {bold} \ud800';
    const events: Event[] = [note('a', 1, hostile), note('a', 2), note('a', 3)];
    const [first] = await store.append('a', 0, [{ events: events.slice(0, 1), origin: origin(1) }]);
    await store.append('a', 1, [{ events: events.slice(1), origin: origin(2) }]);
    expect(first).toMatchObject({ events: events.slice(0, 1), texts: events.slice(0, 1).map(written) });
    for (let restart = 0; restart < 2; restart++) {
      expect(await store.read('a', 0, 2)).toEqual(events.slice(0, 2).map(written));
      expect(await store.read('a', 1, 100)).toEqual(events.slice(1).map(written));
      expect((await store.read('a', 1, 100, 1))[0]).toBe(written(events[1]!));
      expect([await store.read('a', 3, 9), await store.read('a', -1, 1)]).toEqual([[], [written(events[0]!)]]);
      await store.close();
      store = await where.open();
    }
    await store.close();
  });

  test(`${name}: appends of one moment are pipelined, resolve in order and keep their order`, async () => {
    const store = await place().open();
    const done: number[] = [];
    const appends = range(1, 1500).map(async (seq) => {
      await store.append('a', seq - 1, [one('a', seq)]);
      done.push(seq);
    });
    await Promise.all(appends);
    expect(done).toEqual(range(1, 1500));
    expect((await store.open('a'))?.state.seqs).toEqual(done);
    await store.close();
  });

  test(`${name}: a gap, a repetition or another stream's event is a conflict and changes nothing`, async () => {
    const store = await place().open();
    await store.append('a', 0, [one('a', 1)]);
    for (const events of [[note('a', 3)], [note('a', 1)], [note('b', 2)], [note('a', 2), note('a', 4)], []])
      expect(await codeOf(store.append('a', 1, [{ events, origin: origin(2) }]))).toBe('conflict');
    expect(await codeOf(store.append('a', 2, [one('a', 3, 2)]))).toBe('conflict');
    expect((await store.open('a'))?.head).toBe(1);
    await store.append('a', 1, [one('a', 2)]);
    expect(await codeOf(store.append('a', 1, [one('a', 3)]))).toBe('conflict');
    await store.close();
  });

  test(`${name}: (client, n) is found for ever and is never stored twice`, async () => {
    const where = place();
    let store = await where.open();
    const numbers = [0, 1, 7, 4_294_967_296, 9_007_199_254_740_991];
    const clientOf = (i: number): string => (i % 2 ? 'é"x' : 'y');
    for (const [i, n] of numbers.entries())
      await store.append('a', i, [{ events: [note('a', i + 1)], origin: origin(n, clientOf(i)) }]);
    for (let restart = 0; restart < 2; restart++) {
      for (const [i, n] of numbers.entries()) {
        expect(await store.origin('a', clientOf(i), n)).toEqual({ seq: i + 1, hash: `hash of ${n}` });
        expect(await store.origin('a', clientOf(i + 1), n)).toBeUndefined();
        const again = { events: [note('a', 6)], origin: origin(n, clientOf(i)) };
        expect(await codeOf(store.append('a', 5, [again]))).toBe('conflict');
      }
      expect([await store.createdBy('y', 0), await store.createdBy('é"x', 1)]).toEqual(['a', undefined]);
      await store.close();
      store = await where.open();
    }
    const twice = [6, 7].map((seq) => codeOf(store.append('a', seq - 1, [one('a', seq, 50)])));
    expect(await Promise.all(twice)).toEqual(['none', 'conflict']);
    const together = [one('a', 7, 51), one('a', 8, 51)];
    expect(await codeOf(store.append('a', 6, together))).toBe('conflict');
    expect((await store.open('a'))?.head).toBe(6);
    await store.close();
  });

  test(`${name}: several commands at once are stored together or not at all`, async () => {
    const store = await place().open();
    const two = { events: [note('a', 2), note('a', 3)], origin: origin(2) };
    for (const wrong of [one('a', 5, 3), one('a', 4, 1), one('a', 4, -1), { events: [], origin: origin(3) }])
      expect(await codeOf(store.append('a', 0, [one('a', 1), two, wrong]))).toBe('conflict');
    expect(await store.list()).toEqual([]);
    const stored = await store.append('a', 0, [one('a', 1), two, one('a', 4, 3)]);
    expect(stored.map(({ events }) => events.map(({ seq }) => seq))).toEqual([[1], [2, 3], [4]]);
    const seqs = await Promise.all([1, 2, 3].map(async (n) => (await store.origin('a', 'c1', n))?.seq));
    expect(seqs).toEqual([1, 2, 4]);
    expect(await store.append('a', 4, [])).toEqual([]);
    await store.close();
  });

  test(`${name}: only durable events are seen, and subscribers are told of each once, in order`, async () => {
    const store = await place().open();
    const told: string[] = [];
    const stop = store.subscribe((stream, appended) =>
      told.push(...appended.flatMap(({ events }) => events.map(({ seq }) => `${stream}${seq}`))),
    );
    await store.append('a', 0, [one('a', 1)]);
    const append = store.append('a', 1, [one('a', 2)]);
    const behind = store.append('a', 2, [one('a', 3), one('a', 4)]);
    expect(await Promise.all([store.read('a', 1, 9), store.origin('a', 'c1', 2)])).toEqual([[], undefined]);
    await Promise.all([append, behind]);
    expect((await store.read('a', 1, 9)).length).toBe(3);
    expect(told).toEqual(['a1', 'a2', 'a3', 'a4']);
    stop();
    await store.append('a', 4, [one('a', 5)]);
    expect(told).toHaveLength(4);
    await store.close();
  });

  test(`${name}: streams do not mix`, async () => {
    const store = await place().open();
    await Promise.all(['a', 'b', 'c'].map((id) => store.append(id, 0, [one(id, 1, 1), one(id, 2, 2)])));
    expect((await store.list()).map(({ stream }) => stream).sort()).toEqual(['a', 'b', 'c']);
    for (const id of ['a', 'b', 'c'])
      expect((await store.open(id))?.state).toEqual({ stream: id, seqs: [1, 2], cold: false });
    await store.close();
  });

  test(`${name}: a cold stream is listed as such, released, opened again and goes on`, async () => {
    const where = place();
    let store = await where.open();
    await store.append('a', 0, [one('a', 1), one('a', 2, 2, 'end')]);
    const opened = await store.open('a');
    for (let restart = 0; restart < 3; restart++) {
      expect(await store.list()).toMatchObject([{ stream: 'a', cold: true, head: 2, summary: 'a: 2' }]);
      if (restart === 1) expect(await store.open('a')).toEqual(opened);
      await store.release('a');
      await store.release('a');
      expect(await store.origin('a', 'c1', 2)).toMatchObject({ seq: 2 });
      expect(await store.createdBy('c1', 1)).toBe('a');
      expect(await store.read('a', 1, 5)).toEqual([written(note('a', 2, 'end'))]);
      await store.release('a');
      await store.close();
      store = await where.open();
    }
    expect(await codeOf(store.append('a', 1, [one('a', 2, 9)]))).toBe('conflict');
    expect(await codeOf(store.append('a', 2, [one('a', 3, 2)]))).toBe('conflict');
    const append = store.append('a', 2, [one('a', 3)]);
    await store.release('a');
    await append;
    await store.release('a');
    await store.append('a', 3, [one('a', 4)]);
    expect(await store.list()).toEqual([{ stream: 'a', cold: false, head: 4, summary: 'a: 4' }]);
    await store.close();
  });

  test(`${name}: close waits for what is under way; afterwards appends are refused`, async () => {
    const where = place();
    const store = await where.open();
    const append = store.append('a', 0, [one('a', 1)]);
    await store.close();
    expect(await codeOf(append)).toBe('none');
    expect(await codeOf(store.append('a', 1, [one('a', 2)]))).toBe('closed');
    const again = await where.open();
    expect((await again.open('a'))?.head).toBe(1);
    await again.close();
  });
}
