/** `npm run bench -- hub | join | slow | console | probes | history | journal | abuse | deliveries | replay [--json]`: what is claimed in docs/benchmarks.md is measured here. */
import { parseArgs } from 'node:util';

const { values, positionals } = readWords();

function readWords() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        json: { type: 'boolean' },
        subscribers: { type: 'string', default: '100' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        events: { type: 'string' },
        incidents: { type: 'string' },
        hours: { type: 'string' },
      },
    });
  } catch (fault) {
    process.stderr.write(`bench: ${fault instanceof Error ? fault.message : String(fault)}\n`);
    process.exit(2);
  }
}
function number(text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (value > 0 || value === otherwise) return value;
  process.stderr.write(`bench: "${text}" is no number above 0\n`);
  process.exit(2);
}

const benches: Readonly<Record<string, () => Promise<object>>> = {
  async hub() {
    const { benchHub } = await import('./hub.ts');
    const subscribers = number(values.subscribers, 100);
    const seconds = number(values.seconds, subscribers > 100 ? 3 : 1.5);
    return benchHub({
      subscribers,
      rounds: number(values.rounds, 3),
      pacedMs: seconds * 1000,
      sustainedMs: seconds * 1000,
    });
  },
  async join() {
    const { benchJoin } = await import('./join.ts');
    const events = number(values.events, 0);
    return benchJoin(events > 0 ? [events] : [1_000, 10_000, 100_000]);
  },
  async slow() {
    const { benchSlow } = await import('./slow.ts');
    return benchSlow(number(values.seconds, 30));
  },
  async console() {
    const { benchConsole } = await import('./console.ts');
    return benchConsole({
      starts: number(values.rounds, 9),
      keys: 200,
      idleMs: number(values.seconds, 10) * 1000,
    });
  },
  async probes() {
    const { benchProbes } = await import('./probes.ts');
    return benchProbes({ connections: 300, seconds: number(values.seconds, 20) });
  },
  async abuse() {
    const { benchAbuse } = await import('./abuse.ts');
    return benchAbuse(number(values.seconds, 4) * 1000);
  },
  async deliveries() {
    const { benchDeliveries } = await import('./deliveries.ts');
    return benchDeliveries(number(values.rounds, 3));
  },
  async replay() {
    const { benchReplay } = await import('./replay.ts');
    return benchReplay(number(values.hours, 24));
  },
  async history() {
    const { benchHistory } = await import('./history.ts');
    const incidents = number(values.incidents, 0);
    return benchHistory(incidents > 0 ? [incidents] : [100, 1_000, 10_000]);
  },
  async journal() {
    const { benchJournal } = await import('./journal.ts');
    const sizes = number(values.events, 0);
    return { rows: sizes > 0 ? await benchJournal([sizes]) : await benchJournal() };
  },
};

const name = positionals[0] ?? '';
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--json]\n`);
  process.exit(2);
}
const result = await bench();
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  const { rows, ...rest } = result as { rows?: readonly object[] };
  process.stdout.write(`${JSON.stringify(rest, null, 2)}\n`);
  if (rows) console.table(rows);
}
process.exit(0);
