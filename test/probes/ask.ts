/** Polls targets in tests: one poll of one target, or all of them until something is seen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PANELS } from '../../panels/index.ts';
import type { TargetView } from '../../panels/model.ts';
import { failureWords } from '../../panels/probe-failure.ts';
import { probeOf } from '../../src/probes/index.ts';
import { startPoller } from '../../src/probes/poller.ts';
import type { ProbeSession, Target } from '../../src/probes/probe.ts';
import type { Reading } from '../../src/protocol/reading.ts';
import { model } from '../support/models.ts';
import { MONO } from '../support/recorded.ts';
import { PATIENCE_MS } from '../support/patience.ts';

export type Raw = Readonly<Record<string, unknown>>;

/** A target as the configuration makes it; `raw` holds the kind's own keys. */
export async function target(name: string, kind: string, raw: Raw = {}, intervalMs = 1000): Promise<Target> {
  const probe = await probeOf(kind);
  if (probe === null) throw new Error(`no kind ${kind}`);
  const settings = probe.parse(raw);
  if (typeof settings === 'object' && settings !== null && 'faults' in settings)
    throw new Error(JSON.stringify(settings.faults));
  await probe.load?.();
  return { name, kind, intervalMs, settings };
}

/** A session that is polled by hand. */
export async function open(kind: string, raw: Raw, intervalMs?: number): Promise<ProbeSession> {
  const probe = await probeOf(kind);
  const made = await target(kind, kind, raw, intervalMs);
  return probe?.open(made) as ProbeSession;
}

/** One poll on a session of its own. */
export async function ask(kind: string, raw: Raw, intervalMs?: number): Promise<Reading> {
  const session = await open(kind, raw, intervalMs);
  const reading = await session.poll(new AbortController().signal);
  await session.close();
  onPanel(reading);
  return reading;
}

/** Every failure a test provokes must also be said on its panel, in words, and never look well there. */
function onPanel(reading: Reading): void {
  if (reading.up) return;
  const view: TargetView = {
    name: reading.target,
    kind: reading.kind,
    intervalMs: 1000,
    reading,
    lastGood: null,
    takenAt: MONO - 100,
    history: (_metric, points) => Array.from<null>({ length: points }).fill(null),
    rate: () => null,
  };
  const shown = model({ targets: [view], now: reading.at + 100 });
  const panel = PANELS.slotted.find(({ needs }) => needs?.includes(reading.kind));
  if (panel === undefined) throw new Error(`no panel shows ${reading.kind}`);
  const lines = panel.render(shown, { cols: 160, rows: 12 }).map((line) => line.map(({ text }) => text).join(''));
  const begins = failureWords(view, shown.now).slice(0, 60).trim();
  if (begins === '' || !lines.some((line) => line.includes(begins)))
    throw new Error(`the panel does not say "${begins}":\n${lines.join('\n')}`);
  if (['ok', 'none'].includes(panel.health(shown))) throw new Error(`the panel looks well:\n${lines.join('\n')}`);
}

/** The value of a metric, with these labels among others; undefined when it was not read. */
export const value = (reading: Reading, metric: string, labels: Readonly<Record<string, string>> = {}) =>
  reading.samples.find(
    (sample) => sample.metric === metric && Object.entries(labels).every(([key, text]) => sample.labels[key] === text),
  )?.value;

/** What a panel says of a reading: `up`, or the class of the error and its phase. */
export const word = (reading: Reading): string =>
  reading.error === null ? 'up' : [reading.error.class, reading.error.phase].filter(Boolean).join(' ');

/** Polls `targets` as the hub does and keeps every reading. */
export function watch(targets: readonly Target[]) {
  const seen: Reading[] = [];
  const poller = startPoller({ targets, onReading: (reading) => seen.push(reading), random: () => 0 });
  const of = (name: string): Reading[] => seen.filter((reading) => reading.target === name);
  return {
    of,
    inspect: (name: string) => poller.inspect(name),
    close: () => poller.close(),
    /** Waits for a reading of `name` that says `said`. */
    async until(name: string, said: string, ms = PATIENCE_MS): Promise<Reading> {
      const from = of(name).length;
      const since = performance.now();
      while (performance.now() - since < ms) {
        const reading = of(name)
          .slice(from)
          .find((reading) => word(reading) === said);
        if (reading !== undefined) return reading;
        await sleep(10);
      }
      throw new Error(`${name} never said ${said}, but: ${of(name).slice(from).map(word).join(', ')}`);
    },
  };
}
