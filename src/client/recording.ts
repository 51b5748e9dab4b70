/** Kept readings, found by time: only the files that are asked for are fetched, and only their blocks decompressed. */
import { parseJson } from '../incident/shapes.ts';
import {
  blockBytes,
  DENSITIES,
  isReadingKey,
  scanBlocks,
  unpacked,
  type ReadingsBlock,
  type Density,
  type RecordedMessage,
} from '../log/recording.ts';
import type { RecordingFile } from '../log/recording-folder.ts';
import { readReading, type Reading } from '../protocol/reading.ts';
import type { Answer, Question } from '../protocol/questions.ts';

export interface RecordingSource {
  readonly files: readonly RecordingFile[];
  /** Null: it was given up meanwhile. Rejects, in words, where it cannot be read. */
  read(file: RecordingFile): Promise<Buffer | null>;
}

/** Where the hub has what it told consoles of `incident`. Rejects with what the hub says. */
export async function recordingAtHub(
  ask: (question: Question) => Promise<Answer>,
  incident: string,
): Promise<RecordingSource> {
  /** The hub answers a console a few questions at a time: here one after the other. */
  let before: Promise<unknown> = Promise.resolve();
  const asked = (more: object): Promise<NonNullable<Answer['readings']>> => {
    const answer = before.then(async () => {
      const { fault, readings } = await ask({ what: 'readings', incident, ...more });
      if (readings === undefined) throw new Error(fault ?? 'the hub has no answer');
      return readings;
    });
    before = answer.catch(() => {});
    return answer;
  };
  const { files = [] } = await asked({});
  return {
    files,
    async read({ name, size }) {
      const parts: Buffer[] = [];
      for (let at = 0; at < size;) {
        const { bytes = null } = await asked({ file: name, from: at });
        if (bytes === null) return null;
        const part = Buffer.from(bytes, 'base64');
        if (part.length === 0) break;
        parts.push(part);
        at += part.length;
      }
      return Buffer.concat(parts).subarray(0, size);
    },
  };
}

/** A time, ms since 1970. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** Unpacked blocks that are kept: each is up to some megabytes. */
const UNPACKED = 32;

interface File {
  readonly file: RecordingFile;
  /** Null: its name does not say. */
  readonly density: string | null;
  readonly from: number;
  readonly to: number;
}

export class Recording {
  readonly #source: RecordingSource;
  readonly #files: readonly File[];
  readonly #blocks = new Map<string, Promise<readonly ReadingsBlock[]>>();
  readonly #unpacked = new Map<ReadingsBlock, Promise<readonly RecordedMessage[]>>();
  /** Bytes that were damaged in what was read so far. */
  damagedBytes = 0;

  constructor(source: RecordingSource) {
    this.#source = source;
    this.#files = source.files.map((file, i): File => {
      const [density = null, from = 0] = partsOf(file);
      const [next, nextFrom = Infinity] = partsOf(source.files[i + 1]);
      return { file, density, from, to: density !== null && next === density ? nextFrom : Infinity };
    });
  }

  /** When the first file begins; undefined: there is none whose name says that. */
  get from(): number | undefined {
    const begun = this.#files.flatMap(({ from }) => (from > 0 ? [from] : []));
    return begun.length === 0 ? undefined : Math.min(...begun);
  }

  get isEmpty(): boolean {
    return this.#files.length === 0;
  }

  /** All of it that is not damaged, as one file. */
  async bytes(): Promise<Buffer> {
    const blocks = await Promise.all(this.#files.map(({ file }) => this.#blocksOf(file)));
    return Buffer.concat(blocks.flat().map(blockBytes));
  }

  /** What was told in that time, oldest first, from all densities or those given. */
  async told({ from, to }: TimeRange, densities?: readonly Density[]): Promise<readonly RecordedMessage[]> {
    const found = new Map<string, RecordedMessage>();
    for (const block of await this.#during({ from, to })) {
      if (block.isBase || (densities !== undefined && !densities.includes(block.density))) continue;
      for (const told of await this.#lines(block))
        if (told.at > from && told.at <= to) found.set(`${told.at} ${told.key}`, told);
    }
    return [...found.values()].sort((a, b) => a.at - b.at);
  }

  /** The readings of that time. */
  async readings(span: TimeRange, densities?: readonly Density[]): Promise<readonly Reading[]> {
    const told = await this.told(span, densities);
    return told.flatMap(({ key, text }) => (isReadingKey(key) ? (readReading(parseJson(text)) ?? []) : []));
  }

  /** When what is kept last ends; null: nothing is. */
  async lastAt(): Promise<number | null> {
    const last = this.#files.filter(({ to }) => to === Infinity).map(({ file }) => file);
    const blocks = (await Promise.all(last.map((file) => this.#blocksOf(file)))).flat();
    return blocks.length === 0 ? null : Math.max(...blocks.map(({ to }) => to));
  }

  /** The last message of each type until `at`, which readings are not. */
  async lastTold(at: number): Promise<readonly RecordedMessage[]> {
    const last = new Map<string, RecordedMessage>();
    const take = (lines: readonly RecordedMessage[]): void => {
      for (const told of lines)
        if (told.at <= at && !isReadingKey(told.key) && told.at >= (last.get(told.key)?.at ?? 0))
          last.set(told.key, told);
    };
    for (const density of Object.keys(DENSITIES)) {
      // Each file begins with what was told before it.
      const file = this.#files.findLast((each) => each.from <= at && (each.density ?? density) === density);
      for (const block of file === undefined ? [] : await this.#blocksOf(file.file))
        if (block.density === density && block.from <= at) take(await this.#lines(block));
    }
    return [...last.values()].sort((a, b) => a.at - b.at);
  }

  /** How densely readings are kept at `at`; null: none are, because the hub did not run or the file is damaged. */
  async densityAt(at: number): Promise<Density | null> {
    const blocks = (await this.#during({ from: at, to: at })).filter(({ isBase }) => !isBase);
    const densities = new Set(blocks.map(({ density }) => density));
    return (['all', 'around', 'tens', 'minutes'] as const).find((density) => densities.has(density)) ?? null;
  }

  async #during({ from, to }: TimeRange): Promise<readonly ReadingsBlock[]> {
    const files = this.#files.filter((file) => file.from <= to && file.to >= from);
    const blocks = (await Promise.all(files.map(({ file }) => this.#blocksOf(file)))).flat();
    return blocks.filter((block) => block.from <= to && block.to >= from);
  }

  #blocksOf(file: RecordingFile): Promise<readonly ReadingsBlock[]> {
    const known = this.#blocks.get(file.name) ?? this.#read(file);
    this.#blocks.set(file.name, known);
    // A hub that was out of reach is asked again.
    known.catch(() => this.#blocks.delete(file.name));
    return known;
  }

  async #read(file: RecordingFile): Promise<readonly ReadingsBlock[]> {
    const { blocks, damagedBytes } = scanBlocks((await this.#source.read(file)) ?? Buffer.alloc(0));
    this.damagedBytes += damagedBytes;
    return blocks;
  }

  /** The lines of a block; none where it cannot be read. */
  #lines(block: ReadingsBlock): Promise<readonly RecordedMessage[]> {
    const known = this.#unpacked.get(block) ?? unpacked(block).catch(() => []);
    this.#unpacked.delete(block);
    this.#unpacked.set(block, known);
    const [oldest] = this.#unpacked.keys();
    if (oldest !== undefined && this.#unpacked.size > UNPACKED) this.#unpacked.delete(oldest);
    return known;
  }
}

const partsOf = (file: RecordingFile | undefined): readonly [density?: string, from?: number] => {
  const [, density, from] = /^([a-z]+)-(\d+)\./.exec(file?.name ?? '') ?? [];
  return density === undefined ? [] : [density, Number(from)];
};
