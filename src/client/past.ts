/**
 * A room at a moment of its past: the record up to then, and what was told up to then, through the fold of the live
 * console. Nothing here knows how a panel looks.
 */
import { parseJson } from '../incident/shapes.ts';
import type { Event } from '../incident/event.ts';
import { MINUTE } from '../incident/time.ts';
import { DENSITIES, isReadingKey, type Density, type RecordedMessage } from '../log/recording.ts';
import type { FromHub } from '../protocol/messages.ts';
import { readReading } from '../protocol/reading.ts';
import { isUnreadable, readFromHub } from '../protocol/validate.ts';
import type { TargetView } from '../../panels/model.ts';
import type { Changed, ClientView } from './view.ts';
import { HubView } from './hub-view.ts';
import type { Recording } from './recording.ts';

/** How far back charts reach, and the part of it in which every reading is looked at; ms. */
const BACK_MS = 15 * MINUTE;
const WHOLE_MS = 150_000;
/** With few targets more is looked at whole: so many readings. */
const WHOLE_READINGS = 2_500;
/** Before that one reading in this time, as the charts of a live console keep them. */
const SPARSE_MS = 10_000;
/** A longer step forward begins anew. */
const LEAP_MS = 2 * MINUTE;

const EVERYTHING: ReadonlySet<Changed> = new Set(['record', 'readings']);

export class Past {
  /** Null: no readings were kept. */
  readonly #recording: Recording | null;
  readonly events: readonly Event[];
  /** Of the first and the last moment, ms since 1970. */
  readonly from: number;
  readonly to: number;
  /** The moment that is shown. */
  at: number;
  /** How densely readings are kept at that moment; null: they are not. */
  density: Density | null = null;
  view: ClientView;
  #known: HubView;
  /** Entries that the view has. */
  #given = 0;
  #isBegun = false;

  /** `events`: the record from its beginning. `to`: now, or when the incident ended. */
  constructor(events: readonly Event[], recording: Recording | null, to: number) {
    this.#recording = recording;
    this.events = events;
    this.from = Math.min(recordedAt(events[0]), recording?.from ?? Infinity);
    this.to = Math.max(this.from, to);
    this.at = this.from;
    this.#known = this.#blank();
    this.view = this.#settled();
  }

  /** Entries of level key, oldest first. */
  get keys(): readonly Event[] {
    return this.events.filter(({ level }) => level === 'key');
  }

  /** Shows the moment `at`. */
  async show(at: number): Promise<void> {
    const to = Math.min(Math.max(at, this.from), this.to);
    const density = (await this.#recording?.densityAt(to)) ?? null;
    const isNear = to >= this.at && to - this.at < LEAP_MS && this.#isBegun;
    // Another density has another time between readings, by which charts and ages are drawn.
    if (isNear && stepOf(density) === stepOf(this.density)) await this.#goOn(to);
    else await this.#begin(to, density);
    this.density = density;
    this.at = to;
    this.view = this.#settled();
  }

  async #goOn(to: number): Promise<void> {
    const told = (await this.#recording?.told({ from: this.at, to })) ?? [];
    for (const each of told) this.#take(each, this.density);
    this.#record(to);
    this.at = to;
  }

  async #begin(to: number, density: Density | null): Promise<void> {
    const from = to - BACK_MS;
    const [base, told] =
      (await Promise.all([this.#recording?.lastTold(from), this.#recording?.told({ from, to })])) ?? [];
    this.#known = this.#blank();
    this.#given = 0;
    this.#isBegun = true;
    for (const each of base ?? []) this.#take(each, density);
    this.#known.take(
      {
        type: 'following',
        incident: this.events[0]?.incident ?? '',
        epoch: '',
        head: 0,
        mode: 'reset',
        snapshot: null,
      },
      to,
    );
    for (const each of sparse(told ?? [], to)) this.#take(each, density);
    this.#record(to);
  }

  /** The entries that were recorded until `to`. */
  #record(to: number): void {
    let end = this.#given;
    while (end < this.events.length && recordedAt(this.events[end]) <= to) end++;
    const events = this.events.slice(this.#given, end);
    this.#given = end;
    this.at = to;
    if (events.length > 0) this.#known.take({ type: 'events', incident: events[0]?.incident ?? '', events }, to);
  }

  #take({ at, key, text }: RecordedMessage, density: Density | null): void {
    this.at = at;
    const message = isReadingKey(key) ? ofReading(text, at) : readFromHub(text);
    if (message === null || isUnreadable(message) || message.type === 'unknown') return;
    this.#known.take(message.type === 'settings' ? spaced(message, stepOf(density)) : message, at);
  }

  #blank(): HubView {
    const clock = { wall: () => this.at, mono: () => this.at };
    return new HubView(
      clock,
      this.events[0]?.incident ?? null,
      () => false,
      () => {},
    );
  }

  #settled(): ClientView {
    const { readOnly } = this.#known;
    const link = { state: 'live', since: this.from, rttMs: null, reason: null, readOnly, hub: 'the past' } as const;
    return { ...this.#known.settle(EVERYTHING), you: null, link, pending: [], leftOut: null };
  }
}

/** When consoles saw the entry. */
const recordedAt = (event: Event | undefined): number => Date.parse(event?.recorded ?? '') || 0;

const stepOf = (density: Density | null): number => (density === null ? 0 : DENSITIES[density].stepMs);

function ofReading(text: string, now: number): FromHub | null {
  const reading = readReading(parseJson(text));
  return reading && { type: 'readings', now, readings: [reading] };
}

/** Where one reading in a while is kept, that is the time between readings: what was thinned is neither late nor a gap. */
const spaced = (message: Extract<FromHub, { type: 'settings' }>, stepMs: number): typeof message => ({
  ...message,
  targets: message.targets.map((target) => ({ ...target, intervalMs: Math.max(target.intervalMs, stepMs) })),
});

/** All of the last time, and before that as many readings as a live console keeps. */
function sparse(told: readonly RecordedMessage[], to: number): readonly RecordedMessage[] {
  const last = new Map<string, number>();
  const targets = new Set(told.flatMap(({ key }) => (isReadingKey(key) ? [key] : []))).size;
  const wholeFrom = to - Math.max(WHOLE_MS, (WHOLE_READINGS / Math.max(1, targets)) * 1000);
  return told.filter(({ at, key }) => {
    if (!isReadingKey(key) || at >= wholeFrom) return true;
    if (at - (last.get(key) ?? 0) < SPARSE_MS) return false;
    last.set(key, at);
    return true;
  });
}

/** Targets whose times are those of a clock that runs on, `aheadMs` before the one they were read by. */
export const shifted = (targets: readonly TargetView[], aheadMs: number): readonly TargetView[] =>
  targets.map((target) => ({
    ...target,
    takenAt: target.takenAt === null ? null : target.takenAt + aheadMs,
    history: (metric, points, mono) => target.history(metric, points, mono - aheadMs),
    rate: (metric, windowMs, mono) => target.rate(metric, windowMs, mono - aheadMs),
  }));
