/** An EventStore that keeps everything in memory: for tests that are not about the disk. */
import type { Event } from '../../src/incident/event.ts';
import { written } from '../../src/incident/event-codec.ts';
import { StoreFault, type Append, type Appended, type EventStore, type Fold } from '../../src/log/event-store.ts';

interface Stream<S> {
  readonly epoch: string;
  readonly texts: string[];
  readonly origins: Map<string, { readonly seq: number; readonly hash: string }>;
  /** The seq handed over last; what is not yet durable included. */
  queued: number;
  state: S;
}

/** What outlives `close`: hand it to another `memoryStore`, and that is a restart. */
export type Memory<S> = Map<string, Stream<S>>;

const keyOf = (client: string, n: number): string => `${n} ${client}`;

export function memoryStore<S, M>(fold: Fold<S, M>, streams: Memory<S> = new Map()): EventStore<S, M> {
  const listeners = new Set<(stream: string, appended: readonly Appended[]) => void>();
  let closed = false;
  let order: Promise<unknown> = Promise.resolve();

  const conflict = (stream: string, expectedSeq: number, appends: readonly Append[]): string | null => {
    const known = streams.get(stream);
    if ((known?.queued ?? 0) !== expectedSeq) return `${stream} does not end at #${expectedSeq}`;
    let seq = expectedSeq;
    const keys = new Set<string>();
    for (const { events, origin } of appends) {
      if (events.length === 0) return 'an append without events';
      for (const event of events) if (event.incident !== stream || event.seq !== ++seq) return `#${seq} must come next`;
      const key = keyOf(origin.client, origin.n);
      if (!Number.isSafeInteger(origin.n) || origin.n < 0) return `${origin.n} is no number of a command`;
      if (keys.has(key) || known?.origins.has(key)) return `command ${key} is stored already`;
      keys.add(key);
    }
    return null;
  };
  const created = (stream: string): Stream<S> => {
    const made = {
      epoch: `epoch of ${stream}`,
      texts: [],
      origins: new Map(),
      queued: 0,
      state: fold.blank(stream),
    };
    streams.set(stream, made);
    return made;
  };

  return {
    readOnly: null,
    lowSpace: () => null,
    list: async () =>
      [...streams]
        .filter(([, { texts }]) => texts.length > 0)
        .map(([stream, { state, texts }]) => ({
          stream,
          cold: fold.isCold(state),
          head: texts.length,
          summary: fold.summary(state),
        })),
    onListed: () => () => {},
    open: async (stream) => {
      const known = streams.get(stream);
      return known ? { epoch: known.epoch, head: known.texts.length, state: known.state } : null;
    },
    release: async () => {},
    saveSnapshots: async () => {},
    append(stream, expectedSeq, appends) {
      if (closed) return Promise.reject(new StoreFault('closed', 'the store is closed'));
      const fault = conflict(stream, expectedSeq, appends);
      if (fault !== null) return Promise.reject(new StoreFault('conflict', fault));
      if (appends.length === 0) return Promise.resolve([]);
      const into = streams.get(stream) ?? created(stream);
      for (const { events, origin } of appends) {
        into.origins.set(keyOf(origin.client, origin.n), { seq: into.queued + 1, hash: origin.hash });
        into.queued += events.length;
      }
      const done = order.then(() => {
        const appended = appends.map(({ events }) => ({ events, texts: events.map(written) }));
        for (const { events, texts } of appended) {
          into.texts.push(...texts);
          into.state = events.reduce((state: S, event: Event) => fold.evolve(state, event), into.state);
        }
        for (const listener of listeners) listener(stream, appended);
        return appended;
      });
      order = done;
      return done;
    },
    async read(stream, after, limit, length = Infinity) {
      const texts = streams.get(stream)?.texts.slice(Math.max(0, after), Math.max(0, after) + limit) ?? [];
      let size = 0;
      const enough = texts.findIndex((text) => (size += text.length) >= length);
      return enough < 0 ? texts : texts.slice(0, enough + 1);
    },
    async origin(stream, client, n) {
      const known = streams.get(stream);
      const found = known?.origins.get(keyOf(client, n));
      return found && known && found.seq <= known.texts.length ? found : undefined;
    },
    async createdBy(client, n) {
      for (const [stream, { origins }] of streams) if (origins.get(keyOf(client, n))?.seq === 1) return stream;
      return undefined;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      await order;
    },
  };
}
