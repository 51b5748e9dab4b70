/** State of the alert engine, kept in `alerts.json` across restarts. */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { severityShape, type Fields, parseJson } from '../incident/shapes.ts';
import { errorMessage } from '../incident/words.ts';
import { hasCode, nodeFs, putFile } from '../log/disk.ts';
import type { AlertPhase } from '../rules/alert.ts';
import type { HubContext } from './hub-context.ts';

const NAME = 'alerts.json';
/** How often the progress of pending alerts is saved, ms. */
const SAVE_MS = 5_000;

const text = v.string();
const number = v.pipe(v.number(), v.finite());
const instant = v.pipe(
  text,
  v.check((time) => Number.isFinite(Date.parse(time))),
);
const phase = v.picklist(['inactive', 'pending', 'firing', 'no_data', 'resolved', 'expired'] satisfies AlertPhase[]);
const labels = v.record(text, text);
/** Version 1 had the silences, which are in the hub's record since. */
const saved = v.object({
  version: v.picklist([1, 2]),
  savedAt: number,
  alerts: v.array(
    v.object({
      rule: text,
      labels,
      phase,
      activeMs: number,
      phaseMs: number,
      falseMs: v.nullable(number),
      flipsMs: v.array(number),
      value: v.nullable(number),
      told: v.picklist(['firing', 'resolved']),
      toldMs: v.nullable(number),
      flapping: v.boolean(),
      acked: v.exactOptional(v.object({ by: text, at: number, until: number })),
    }),
  ),
  announced: v.array(
    v.object({
      alert: text,
      rule: text,
      from: phase,
      to: phase,
      severity: severityShape,
      summary: text,
      labels,
      runbook: v.nullable(text),
      at: number,
    }),
  ),
  silences: v.exactOptional(v.array(v.object({ id: text, matcher: text, by: text, why: text, until: instant }))),
});

export type SavedAlerts = Omit<Fields<typeof saved>, 'version'>;

/** Null: no file yet. An unreadable file is renamed and reported through `say`. */
export async function readSavedAlerts(dataDir: string, say: (line: string) => void): Promise<SavedAlerts | null> {
  const file = path.join(dataDir, NAME);
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const found = v.safeParse(saved, parseJson(content));
  if (found.success) return found.output;
  await rename(file, `${file}.damaged`);
  say(`${file} was damaged and is now ${NAME}.damaged: alerts that were waiting or firing begin anew`);
  return null;
}

type AlertMemoryContext = Pick<HubContext, 'dataDir' | 'clock' | 'say'>;

/** Writes the file after a change and periodically while an alert is pending, one write at a time. */
export class AlertMemory {
  readonly #context: AlertMemoryContext;
  readonly #gather: () => SavedAlerts;
  #isDirty = true;
  #savedAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  /** The last fault; each is reported once. */
  #fault = '';

  constructor(context: AlertMemoryContext, gather: () => SavedAlerts) {
    this.#context = context;
    this.#gather = gather;
  }

  changed(): void {
    this.#isDirty = true;
  }

  saveIfDue(isWaiting: () => boolean): void {
    const isDue = this.#savedAt + SAVE_MS <= this.#context.clock.mono();
    if (this.#isDirty || (isDue && isWaiting())) void this.save();
  }

  save(): Promise<void> {
    this.#isDirty = false;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { dataDir, clock, say } = this.#context;
    this.#savedAt = clock.mono();
    try {
      await putFile(nodeFs, dataDir, NAME, Buffer.from(`${JSON.stringify({ version: 2, ...this.#gather() })}\n`));
      this.#fault = '';
    } catch (error) {
      this.#isDirty = true;
      const fault = `what the rules know of alerts cannot be saved: ${errorMessage(error)}`;
      if (fault !== this.#fault) say(fault);
      this.#fault = fault;
    }
  }
}
