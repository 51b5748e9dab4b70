/** The child process of the hub in which targets are polled: a hostile or broken server can break only this one. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writtenReading, type Reading } from '../protocol/reading.ts';
import { startPoller, type Poller } from './poller.ts';
import type { FromParent } from './isolated-poller.ts';

/** Limits of a reading that is sent to the parent: entries of a list, and characters of a text. */
const MAX_SAMPLES = 5_000;
const MAX_ROWS = 500;
const MAX_TEXT = 4_000;

/** The target that the running code works for, kept through the callbacks of its sockets and timers. */
const working = new AsyncLocalStorage<string>();
/** Targets that may have ended the process before: polled one at a time, and their sessions closed after each poll. */
let suspects: ReadonlySet<string> = new Set();
let turn: Promise<unknown> = Promise.resolve();
let poller: Poller | null = null;

/** Sent together: waking the parent costs more than the messages. */
let waiting: object[] = [];

function flush(): void {
  if (waiting.length > 0) process.send?.(waiting);
  waiting = [];
}

function tell(message: object): void {
  if (waiting.push(message) === 1) setImmediate(flush);
}

function around<T>(target: string, work: () => Promise<T>): Promise<T> {
  const announced = async (): Promise<T> => {
    tell({ type: 'working', target, on: true });
    // At once: the work that begins may end this process.
    flush();
    try {
      return await working.run(target, work);
    } finally {
      tell({ type: 'working', target, on: false });
    }
  };
  if (!suspects.has(target)) return announced();
  const mine = turn.then(announced);
  turn = mine.catch(() => {});
  return mine;
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

function bounded(reading: Reading): Reading {
  const { error, samples, facts, rows } = reading;
  return {
    ...reading,
    error: error === null ? null : { ...error, message: cut(error.message) },
    samples: samples.slice(0, MAX_SAMPLES),
    facts: Object.fromEntries(Object.entries(facts).map(([name, text]) => [name, cut(text)])),
    ...(rows && {
      rows: Object.fromEntries(Object.entries(rows).map(([name, list]) => [name, list.slice(0, MAX_ROWS)])),
    }),
  };
}

process.on('message', (received) => {
  // The parent is this program itself.
  const message = received as FromParent;
  switch (message.type) {
    case 'ping':
      return tell({ type: 'pong', rssBytes: process.memoryUsage.rss() });
    case 'targets': {
      suspects = new Set(message.suspects);
      if (poller) return poller.retarget(message.targets);
      poller = startPoller({
        targets: message.targets,
        onReading: (reading) => tell({ type: 'reading', reading: writtenReading(bounded(reading)) }),
        around,
        closesAfterPoll: (target) => suspects.has(target),
      });
      return;
    }
    case 'inspect':
      void poller?.inspect(message.target).then((answer) => tell({ type: 'inspected', id: message.id, answer }));
  }
});

process.on('uncaughtException', (error) => {
  const target = working.getStore();
  // Without a target it is unknown what is broken: the parent starts another process.
  if (target === undefined || poller === null) {
    console.error(error);
    process.exit(1);
  }
  poller.crashed(target, error);
});
process.on('unhandledRejection', (error) => {
  throw error;
});
// The parent has ended, or wants no more readings.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
