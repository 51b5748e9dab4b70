/**
 * `POST /v1/heartbeat/NAME?every=5m`: a dead man's switch. One that does not come in time is an alert.
 *
 * When each came last is state rather than history, so it is a file, not an entry a minute in the record. The time in which
 * this hub did not run is not counted as silence: nobody could be heard.
 */
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import * as v from 'valibot';
import { INTAKE_NAME } from '../incident/intake.ts';
import { DAY, formatDuration, MINUTE, parseDuration } from '../incident/time.ts';
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import { severityShape, type Fields, parseJson } from '../incident/shapes.ts';
import { errorMessage } from '../incident/words.ts';
import { hasCode, nodeFs, putFile } from '../log/disk.ts';
import type { ReportedAlert } from '../rules/reported.ts';
import { alertFormat } from './alert-formats.ts';
import type { HubParts } from './hub-parts.ts';
import { HttpRefusal, type HttpAnswer, type IncomingRequest } from './http-body.ts';

type HeartbeatsContext = HubParts & { readonly read: { readonly heartbeats: SavedHeartbeats } };

const NAME = 'heartbeats.json';
const [LEAST_MS, MOST_MS, DEFAULT_MS] = [1_000, 35 * DAY, 5 * MINUTE];
const MAX = { perIntake: 100, all: 500 } as const;
/** How long each has been silent is saved this often, ms. */
const SAVE_MS = MINUTE;
/** After a longer pause between two looks the hub itself did not run, ms. */
const PAUSE_MS = 10_000;

const heartbeat = v.object({
  intake: v.string(),
  name: v.string(),
  everyMs: v.number(),
  severity: severityShape,
  /** By the hub's wall clock; ISO 8601. */
  at: v.string(),
  silentMs: v.number(),
});
const fileShape = v.object({ version: v.literal(1), heartbeats: v.array(heartbeat) });
/** `from`: silence is counted from here, by the monotonic clock. */
type Heartbeat = Omit<Fields<typeof heartbeat>, 'silentMs'> & { readonly from: number };

export interface SavedHeartbeats {
  readonly all: readonly Fields<typeof heartbeat>[];
  /** What of them was lost, in words. */
  readonly fault: string | null;
}

/** Those an earlier run saved. An unreadable file is renamed and reported through `say`. */
export async function readHeartbeats(dataDir: string, say: (line: string) => void): Promise<SavedHeartbeats> {
  const file = path.join(dataDir, NAME);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  });
  if (text === null) return { all: [], fault: null };
  const read = v.safeParse(fileShape, parseJson(text));
  if (read.success) return { all: read.output.heartbeats, fault: null };
  await rename(file, `${file}.damaged`);
  const fault = `${NAME} was damaged and is now ${NAME}.damaged: a heartbeat is watched again once it has come`;
  say(fault);
  return { all: [], fault };
}

/** What a sender is late by before it counts: programs do not start to the second. */
const graceMs = (everyMs: number): number => everyMs / 10 + 1_000;

export class Heartbeats {
  readonly #context: HeartbeatsContext;
  /** By alert id. */
  readonly #all = new Map<string, Heartbeat>();
  readonly #overdue = new Map<string, ReportedAlert>();
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #savedAt: number;
  #lookedAt: number;

  constructor(context: HeartbeatsContext) {
    const { clock, read, intakes } = context;
    this.#context = context;
    this.#savedAt = this.#lookedAt = clock.mono();
    for (const { silentMs, ...one } of read.heartbeats.all)
      this.#all.set(idOf(one), { ...one, from: clock.mono() - silentMs });
    if (read.heartbeats.fault !== null) intakes.tell('heartbeats', read.heartbeats.fault);
  }

  async take(request: IncomingRequest): Promise<HttpAnswer> {
    const { name, query } = request;
    const { intakes, clock } = this.#context;
    const intake = intakes.nameOf(request);
    if (!INTAKE_NAME.test(name))
      throw new HttpRefusal(400, 'a name has letters, digits and . _ - and 40 characters at most');
    const id = idOf({ intake, name });
    const known = this.#all.get(id);
    if (query.get('every') === 'off') {
      this.#all.delete(id);
      await this.#durable();
      return { status: 200, body: { status: 'ok', name, every: null } };
    }
    const everyMs = everyOf(query.get('every')) ?? known?.everyMs ?? DEFAULT_MS;
    const severity = severityIn(query.get('severity')) ?? known?.severity ?? 'SEV-2';
    if (known === undefined) this.#expectRoom(intake);
    const at = new Date(clock.wall()).toISOString();
    this.#all.set(id, { intake, name, everyMs, severity, at, from: clock.mono() });
    await this.#durable();
    return { status: 200, body: { status: 'ok', name, every: formatDuration(everyMs) } };
  }

  /** The alerts of those that did not come in time; the same object as long as one stays away. */
  overdue(): readonly ReportedAlert[] {
    const { clock, record } = this.#context;
    const isKnown = (intake: string): boolean => Object.hasOwn(record.state.intakes, intake);
    const now = clock.mono();
    const paused = now - this.#lookedAt > PAUSE_MS ? now - this.#lookedAt : 0;
    this.#lookedAt = now;
    let hasNews = false;
    for (const [id, heartbeat] of this.#all) {
      const from = heartbeat.from + paused;
      if (paused > 0) this.#all.set(id, { ...heartbeat, from });
      if (!isKnown(heartbeat.intake)) this.#all.delete(id);
      const isLate = now - from > heartbeat.everyMs + graceMs(heartbeat.everyMs);
      if (!isLate || !isKnown(heartbeat.intake)) this.#overdue.delete(id);
      else if (!this.#overdue.has(id)) {
        this.#overdue.set(id, this.#alert(id, heartbeat));
        hasNews = true;
      }
    }
    for (const id of this.#overdue.keys()) if (!this.#all.has(id)) this.#overdue.delete(id);
    // A hub that crashes must not come back and take one that was missed for one that is in time.
    if (hasNews || (this.#all.size > 0 && now - this.#savedAt > SAVE_MS)) void this.save();
    return [...this.#overdue.values()];
  }

  /** What cannot be written is said, and tried again. */
  save(): Promise<void> {
    return this.#write().catch((error: unknown) =>
      this.#context.say(`${NAME} cannot be written: ${errorMessage(error)}`),
    );
  }

  #alert(alert: string, { intake, name, everyMs, severity, at }: Heartbeat): ReportedAlert {
    return {
      alert,
      source: 'heartbeat',
      name: `heartbeat ${name}`,
      severity,
      summary: `heartbeat ${name} of ${intake} did not come for ${formatDuration(everyMs)}; the last came at ${at.slice(0, 19)}Z`,
      labels: { heartbeat: name, intake },
      runbook: null,
      route: alertFormat(this.#context.settings.current, intake).routeFor(severity, undefined),
      since: Date.parse(at) + everyMs,
      isKnown: true,
    };
  }

  #expectRoom(intake: string): void {
    const mine = [...this.#all.values()].filter((one) => one.intake === intake).length;
    if (mine >= MAX.perIntake || this.#all.size >= MAX.all)
      throw new HttpRefusal(
        503,
        `there are ${this.#all.size} heartbeats, ${mine} of ${intake}: end some with ?every=off`,
        60_000,
      );
  }

  async #durable(): Promise<void> {
    await this.#write().catch((error: unknown) => {
      throw new HttpRefusal(503, `it cannot be written: ${errorMessage(error)}`, 10_000);
    });
  }

  /** One write at a time; those who ask during one share the next. */
  #write(): Promise<void> {
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      const now = this.#context.clock.mono();
      this.#savedAt = now;
      const heartbeats = [...this.#all.values()].map(({ from, ...one }) => ({ ...one, silentMs: now - from }));
      const content = Buffer.from(`${JSON.stringify({ version: 1, heartbeats })}\n`);
      return putFile(nodeFs, this.#context.dataDir, NAME, content);
    });
    this.#writing = this.#next.catch(() => {});
    return this.#next;
  }
}

const idOf = ({ intake, name }: Pick<Heartbeat, 'intake' | 'name'>): string => `${intake}/heartbeat:${name}`;

function everyOf(text: string | null): number | null {
  if (text === null) return null;
  const ms = parseDuration(text);
  if (ms !== null && ms >= LEAST_MS && ms <= MOST_MS) return ms;
  throw new HttpRefusal(400, 'every is a duration from 1s to 35d, such as 5m or 25h, or off');
}

function severityIn(text: string | null): Severity | null {
  const found = SEVERITIES.find((severity) => severity === text?.toUpperCase());
  if (text === null || found !== undefined) return found ?? null;
  throw new HttpRefusal(400, `severity is one of ${SEVERITIES.join(', ')}`);
}
