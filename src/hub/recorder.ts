/**
 * Keeps what consoles are told besides the record, for the time that an incident is open: readings, alerts, presence. In
 * memory there is always the lead-in. What cannot be kept is said, and never holds up the record.
 */
import { errorMessage } from '../incident/words.ts';
import { nodeFs, type JournalFs } from '../log/disk.ts';
import { isEnded } from '../incident/incident.ts';
import { MINUTE } from '../incident/time.ts';
import {
  DENSITIES,
  isReadingKey,
  packed,
  readingKey,
  type ReadingsBlock,
  type Density,
  type RecordedMessage,
} from '../log/recording.ts';
import { filesIn, readingsDir, readPart, RecordingFolder } from '../log/recording-folder.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { Answer } from '../protocol/questions.ts';
import { writtenReading, type Reading } from '../protocol/reading.ts';
import type { Connections } from './connections.ts';
import type { HubContext } from './hub-context.ts';
import type { IncidentRoom } from './rooms.ts';
import type { Batch, Subscriber } from './subscribers.ts';

interface RecorderContext extends Pick<HubContext, 'dataDir' | 'clock' | 'say'> {
  readonly rooms: { get(incident: string): Pick<IncidentRoom, 'state'> | undefined };
  readonly connections: Pick<Connections, 'tell'>;
  readonly disk?: JournalFs;
}

/** How far back an incident's readings begin before its declaration. */
const LEAD_MS = 20 * MINUTE;
/** Bytes of the lead-in at most. */
const LEAD_BYTES = 16 * 1024 * 1024;
/** What is kept around a key entry and a change of the alerts: the panels' small charts reach back a minute. */
const AROUND = { before: 65_000, after: 5_000 };
/** Bytes on disk, for each day or part of one that an incident was open. */
const PER_DAY = 20 * 1024 * 1024;
/** Less space is left to the record. */
const LEAST_FREE = 64 * 1024 * 1024;
/** A block with more text is closed early. */
const BLOCK_TEXT = 8 * 1024 * 1024;
/** Blocks that wait for the disk at most; later ones are dropped. */
const WAITING = 12;
/** A block is closed early for somebody who asks, where it has this part of its time. */
const ASKED = 1 / 6;
/** Bytes of a file in one answer. */
const PIECE = 96 * 1024;
const TICK_MS = 1_000;

const COLLECTED = ['all', 'tens', 'minutes'] as const;

/** Without its incident. */
interface Sealed extends Omit<ReadingsBlock, 'incident' | 'isBase'> {
  /** What was told last before it. */
  readonly base: readonly RecordedMessage[];
  /** Of a late block of `all`. */
  lines: readonly RecordedMessage[] | null;
}
/** A time that is kept whole. */
interface Window {
  readonly from: number;
  readonly to: number;
}
interface Kept {
  readonly folder: RecordingFolder;
  isOpen: boolean;
  /** The end of the last block of each density. */
  readonly written: Map<Density, number>;
}

export class Recorder implements Subscriber {
  readonly name = 'readings';
  readonly #context: RecorderContext;
  readonly #disk: JournalFs;
  readonly #collectors: readonly Collector[];
  /** The last message of each type. */
  readonly #latest = new Map<string, RecordedMessage>();
  readonly #kept = new Map<string, Kept>();
  #lead: Sealed[] = [];
  /** Those not written yet, and the end of the last that was. */
  #windows: Window[] = [];
  #writtenTo = 0;
  #firing = '';
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #now = 0;
  #timer: NodeJS.Timeout | undefined;
  fault: string | null = null;

  constructor(context: RecorderContext) {
    this.#context = context;
    this.#disk = context.disk ?? nodeFs;
    this.#collectors = COLLECTED.map((density) => new Collector(density, this.#time()));
  }

  /** `open`: the incidents that are open, whose readings go on. */
  start(open: Iterable<string>): void {
    for (const incident of open) this.#begin(incident);
    this.#timer ??= setInterval(() => this.tick(), TICK_MS).unref();
  }

  reading(reading: Reading): void {
    this.#add(readingKey(reading.target), JSON.stringify(writtenReading(reading)));
  }

  /** A message to all consoles. */
  told(message: FromHub, text = JSON.stringify(message)): void {
    this.#latest.set(message.type, this.#add(message.type, text));
    if (message.type !== 'alerts') return;
    const firing = message.alerts.flatMap(({ alert, state }) => (state === 'pending' ? [] : [alert])).join('\n');
    if (firing !== this.#firing) this.#keepAround();
    this.#firing = firing;
  }

  handle(incident: string, { events }: Batch): void {
    if (events.some(({ level, kind }) => level === 'key' || kind === 'alert_changed')) this.#keepAround();
    const state = this.#context.rooms.get(incident)?.state;
    if (state === undefined) return;
    const isOpen = this.#kept.get(incident)?.isOpen === true;
    if (!isEnded(state)) return isOpen ? undefined : this.#begin(incident);
    if (!isOpen) return;
    for (const collector of this.#collectors) this.#seal(collector);
    this.#queue(async () => this.#end(incident));
  }

  /** Called every second. */
  tick(): void {
    const now = this.#time();
    for (const collector of this.#collectors) if (collector.isDue(now)) this.#seal(collector);
  }

  /** Resolves once what was closed is written. */
  idle(): Promise<void> {
    return this.#work;
  }

  /** The files kept of an incident; what was told until some seconds ago is in them. */
  async files(incident: string): Promise<NonNullable<Answer['readings']>> {
    for (const collector of this.#collectors) if (collector.isDue(this.#time(), ASKED)) this.#seal(collector);
    await this.#work;
    return { files: [...filesIn(this.#disk, readingsDir(this.#context.dataDir, incident))] };
  }

  /** Part of one of these files. */
  part(incident: string, file: string, from: number): NonNullable<Answer['readings']> {
    const path = `${readingsDir(this.#context.dataDir, incident)}/${file}`;
    return { bytes: readPart(this.#disk, path, from, PIECE)?.toString('base64') ?? null };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const collector of this.#collectors) this.#seal(collector);
    this.#queue(() => this.#writeAround(Infinity));
    await this.#work;
  }

  /** Never goes back. */
  #time(): number {
    return (this.#now = Math.max(this.#now, Math.round(this.#context.clock.wall())));
  }

  #add(key: string, text: string): RecordedMessage {
    const told = { at: this.#time(), key, text };
    for (const collector of this.#collectors) {
      collector.add(told);
      if (collector.length >= BLOCK_TEXT) this.#seal(collector);
    }
    return told;
  }

  #keepAround(): void {
    const at = this.#time();
    const last = this.#windows.at(-1);
    const [from, to] = [Math.max(at - AROUND.before, this.#writtenTo), at + AROUND.after];
    if (last !== undefined && from <= last.to) this.#windows.splice(-1, 1, { from: last.from, to });
    else this.#windows.push({ from, to });
  }

  #begin(incident: string): void {
    const dir = readingsDir(this.#context.dataDir, incident);
    const kept = this.#kept.get(incident) ?? {
      folder: new RecordingFolder(this.#disk, dir),
      isOpen: true,
      written: new Map<Density, number>(),
    };
    kept.isOpen = true;
    this.#kept.set(incident, kept);
    const leadFrom = this.#time() - LEAD_MS;
    this.#queue(async () => {
      for (const sealed of this.#lead) if (sealed.to > leadFrom) await this.#write(incident, kept, sealed);
    });
  }

  async #end(incident: string): Promise<void> {
    const state = this.#context.rooms.get(incident)?.state;
    const kept = this.#kept.get(incident);
    if (kept !== undefined && (state === undefined || isEnded(state))) kept.isOpen = false;
  }

  /** Ends the collector's block, which is compressed and written in turn. */
  #seal(collector: Collector): void {
    const { density } = collector;
    const to = this.#time();
    const { from, lines, base } = collector.take(to, this.#latest);
    this.#queue(async () => {
      await this.#keep({ density, from, to, base, body: await packed(lines), lines: density === 'all' ? lines : null });
      if (density === 'all') await this.#writeAround(to);
    });
  }

  /** Writes the windows that end until `now`, from the blocks of `all`. */
  async #writeAround(now: number): Promise<void> {
    const late = this.#lead.filter(({ lines }) => lines !== null);
    for (const { from, to } of this.#windows.filter((each) => each.to <= now)) {
      const blocks = late.filter((block) => block.from < to && from < block.to);
      const lines = blocks.flatMap((block) => block.lines ?? []).filter(({ at }) => at > from && at <= to);
      const [first] = blocks;
      this.#writtenTo = to;
      if (first === undefined) continue;
      const base = [...first.base, ...(first.lines ?? []).filter(({ at, key }) => at <= from && !isReadingKey(key))];
      const end = Math.min(to, blocks.at(-1)?.to ?? to);
      await this.#keep({
        density: 'around',
        from: Math.max(from, first.from),
        to: end,
        base,
        body: await packed(lines),
        lines: null,
      });
    }
    this.#windows = this.#windows.filter(({ to }) => to > now);
    for (const block of late) if (block.to < now - AROUND.before - AROUND.after) block.lines = null;
  }

  /** In memory, and in every incident that is open. */
  async #keep(sealed: Sealed): Promise<void> {
    this.#lead = bounded([...this.#lead, sealed], this.#now);
    for (const [incident, kept] of this.#kept) if (kept.isOpen) await this.#write(incident, kept, sealed);
  }

  async #write(incident: string, { folder, written }: Kept, sealed: Sealed): Promise<void> {
    const { density, from, to, body } = sealed;
    if (from < (written.get(density) ?? 0)) return;
    const header = { incident, density, from, to };
    try {
      const free = this.#disk.free(this.#context.dataDir);
      if (free < LEAST_FREE) throw new Error(`only ${Math.round(free / 1024 / 1024)} MB are free`);
      await folder.append({ ...header, isBase: false, body }, async () => ({
        ...header,
        to: from,
        isBase: true,
        body: await packed(sealed.base),
      }));
      written.set(density, to);
      folder.thin(PER_DAY, to);
      this.#tell(null);
    } catch (error) {
      this.#tell(`readings are not kept for replay: ${errorMessage(error)}; the record is not affected`);
    }
  }

  #queue(work: () => Promise<void>): void {
    if (this.#waiting >= WAITING) return this.#tell('readings are not kept for replay: the disk is too slow');
    this.#waiting++;
    this.#work = this.#work
      .then(work)
      .catch((error: unknown) => this.#tell(`readings are not kept for replay: ${errorMessage(error)}`))
      .finally(() => this.#waiting--);
  }

  #tell(fault: string | null): void {
    if (fault === this.fault) return;
    this.fault = fault;
    this.#context.say(fault ?? 'readings are kept for replay again');
    this.#context.connections.tell({ type: 'recording', fault });
  }
}

/** The end of the lead-in that is kept in memory. */
function bounded(lead: readonly Sealed[], now: number): Sealed[] {
  let bytes = 0;
  const isKept = ({ to, body }: Sealed): boolean => (bytes += body.length) <= LEAD_BYTES && to > now - LEAD_MS;
  return lead.toReversed().filter(isKept).toReversed();
}

/** What was told since the last block of a density. */
class Collector {
  readonly density: (typeof COLLECTED)[number];
  from: number;
  /** Characters. */
  length = 0;
  #lines: RecordedMessage[] = [];
  #base: readonly RecordedMessage[] = [];
  /** The last of each key in the running step. */
  #step = { n: 0, last: new Map<string, RecordedMessage>() };

  constructor(density: Collector['density'], from: number) {
    this.density = density;
    this.from = from;
  }

  add(told: RecordedMessage): void {
    const { stepMs } = DENSITIES[this.density];
    if (stepMs === 0) return this.#push(told);
    const n = Math.floor(told.at / stepMs);
    if (n !== this.#step.n) this.#endStep(n);
    this.#step.last.set(told.key, told);
  }

  /** `part`: of the time of a block. */
  isDue(now: number, part = 1): boolean {
    return now - this.from >= DENSITIES[this.density].blockMs * part;
  }

  take(
    to: number,
    latest: ReadonlyMap<string, RecordedMessage>,
  ): Pick<Sealed, 'from' | 'base'> & { readonly lines: RecordedMessage[] } {
    this.#endStep(0);
    const taken = { from: this.from, lines: this.#lines, base: this.#base };
    this.from = to;
    this.#lines = [];
    this.length = 0;
    this.#base = [...latest.values()];
    return taken;
  }

  #endStep(n: number): void {
    for (const told of this.#step.last.values()) this.#push(told);
    this.#step = { n, last: new Map() };
  }

  #push(told: RecordedMessage): void {
    this.#lines.push(told);
    this.length += told.text.length;
  }
}
