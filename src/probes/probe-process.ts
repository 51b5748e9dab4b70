/**
 * The process in which targets are polled, a child of the hub's: what a hostile or broken server does to a client library
 * ends here. It holds the credentials of the targets; readings go to the parent.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { writtenReading, type Reading } from '../protocol/reading.ts';
import { startPoller, type Poller } from './poller.ts';
import { isFromParent } from './probe-messages.ts';

/** A reading that goes to the parent has no more than this: of each list, and characters of each text. */
const MAX_SAMPLES = 5_000;
const MAX_ROWS = 500;
const MAX_TEXT = 4_000;

/** Which target the running code works for, through every callback that its sockets and timers make. */
const working = new AsyncLocalStorage<string>();
/** Targets that may have ended the process before: one of them at a time, and nothing of theirs between its polls. */
let suspects: ReadonlySet<string> = new Set();
let turn: Promise<unknown> = Promise.resolve();
let poller: Poller | null = null;

/** What is to be told with the next message: each of them wakes the parent, which costs more than what it says. */
let waiting: object[] = [];

function tellNow(message?: object): void {
  const messages = message === undefined ? waiting : [...waiting, message];
  waiting = [];
  if (messages.length > 0) process.send?.(messages);
}

function tell(message: object): void {
  if (waiting.push(message) === 1) setImmediate(() => tellNow());
}

function around<T>(target: string, work: () => Promise<T>): Promise<T> {
  const announced = async (): Promise<T> => {
    // At once: the work that begins may end this process.
    tellNow({ type: 'working', target, on: true });
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

process.on('message', (message: unknown) => {
  if (!isFromParent(message)) return;
  switch (message.type) {
    case 'ping':
      return tell({ type: 'pong', rssBytes: process.memoryUsage.rss() });
    case 'targets': {
      suspects = new Set(message.suspects);
      const { targets } = message;
      if (poller) return poller.retarget(targets);
      poller = startPoller({
        targets,
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
  // Nobody knows what is broken when no target was being worked for: the parent starts another process.
  if (target === undefined || poller === null) {
    console.error(error);
    process.exit(1);
  }
  poller.crashed(target, error);
});
process.on('unhandledRejection', (error) => {
  throw error;
});
// The parent is gone, or wants no more readings.
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
