/** What the hub remembers of alerts across a restart: `alerts.json` in its data folder. */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { hasCode, nodeFs, putFile } from '../log/disk.ts';
import { parseJson } from '../log/record.ts';
import type { SilenceView } from '../protocol/messages.ts';
import type { Phase } from '../rules/alert.ts';
import type { SavedAlert } from '../rules/saved-alert.ts';
import { SEVERITIES } from '../incident/severity.ts';
import type { Announced } from './alert-recorder.ts';

export interface Remembered {
  readonly version: 1;
  /** Wall clock, ms since 1970. */
  readonly savedAt: number;
  readonly alerts: readonly SavedAlert[];
  readonly silences: readonly SilenceView[];
  /** What people are to know, until it is over and stands in every record it belongs to. */
  readonly announced: readonly Announced[];
}

const NAME = 'alerts.json';
const PHASES: readonly Phase[] = ['inactive', 'pending', 'firing', 'no_data', 'resolved', 'expired'];

/** Null: there is nothing yet. A file that cannot be understood is put aside, and `say` hears so. */
export async function readRemembered(dataDir: string, say: (line: string) => void): Promise<Remembered | null> {
  const file = path.join(dataDir, NAME);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const found = parse(text);
  if (found !== null) return found;
  await rename(file, `${file}.damaged`);
  say(`${file} was damaged: it is kept as ${NAME}.damaged; alerts begin anew, silences are gone`);
  return null;
}

/** Puts it in place as a whole, on disk when it resolves. */
export const writeRemembered = (dataDir: string, remembered: Remembered): Promise<void> =>
  putFile(nodeFs, dataDir, NAME, Buffer.from(`${JSON.stringify(remembered)}\n`));

function parse(text: string): Remembered | null {
  const raw = parseJson(text);
  return has(raw, { version: is(1), savedAt: number, alerts: list(alert), silences: list(silence) }) &&
    has(raw, { announced: list(announced) })
    ? (raw as Remembered)
    : null;
}

type Test = (value: unknown) => boolean;

const is =
  (...allowed: readonly unknown[]): Test =>
  (value) =>
    allowed.includes(value);
const text: Test = (value) => typeof value === 'string';
const number: Test = (value) => typeof value === 'number' && Number.isFinite(value);
const flag = is(true, false);
const instant: Test = (value) => typeof value === 'string' && Number.isFinite(Date.parse(value));
const labels: Test = (value) => typeof value === 'object' && value !== null && Object.values(value).every(text);
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const orNone =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const list =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);

function has(value: unknown, fields: Readonly<Record<string, Test>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(fields).every(([name, test]) => test(Reflect.get(value, name)));
}

const alert: Test = (value) =>
  has(value, {
    rule: text,
    labels,
    phase: is(...PHASES),
    activeMs: number,
    phaseMs: number,
    falseMs: orNull(number),
    flipsMs: list(number),
    value: orNull(number),
    told: is('firing', 'resolved'),
    toldMs: orNull(number),
    flapping: flag,
    acked: orNone((one) => has(one, { by: text, at: number, until: number })),
  });
const silence: Test = (value) => has(value, { id: text, matcher: text, by: text, why: text, until: instant });
const announced: Test = (value) =>
  has(value, {
    alert: text,
    rule: text,
    from: is(...PHASES),
    to: is(...PHASES),
    severity: is(...SEVERITIES),
    summary: text,
    labels,
    runbook: orNull(text),
    at: number,
  });
