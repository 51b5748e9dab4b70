/** The files of kept readings of one incident: begun, appended to, and given up where there are too many. */
import { dirname } from 'node:path';
import { DAY } from '../incident/time.ts';
import { writeWhole, type JournalFs } from './disk.ts';
import { blockBytes, DENSITIES, scanBlocks, type ReadingsBlock, type Density } from './recording.ts';

export interface RecordingFile {
  readonly name: string;
  readonly size: number;
}

/** A longer file is followed by another one. */
const FILE_BYTES = 256 * 1024;
const ENDING = '.readings';

/** Where the readings of an incident are kept, beside its record. */
export const readingsDir = (dataDir: string, incident: string): string => `${dataDir}/incidents/${incident}/readings`;

/** The files in such a folder, those of one density together and in order. */
export const filesIn = (disk: JournalFs, dir: string): readonly RecordingFile[] =>
  disk
    .list(dir)
    .flatMap((name) => (name.endsWith(ENDING) ? [{ name, size: disk.stat(`${dir}/${name}`)?.size ?? 0 }] : []));

/** `all-1764237600000.readings`: its density, and the beginning of its first block. */
const nameOf = ({ density, from }: ReadingsBlock): string => `${density}-${String(from).padStart(13, '0')}${ENDING}`;

export class RecordingFolder {
  readonly #disk: JournalFs;
  readonly #dir: string;
  /** The files that are written to, by density; after a fault new ones are begun. */
  #open = new Map<Density, { readonly path: string; size: number }>();

  constructor(disk: JournalFs, dir: string) {
    this.#disk = disk;
    this.#dir = dir;
  }

  /** `base`: what stands at the beginning of a file. Rejects where the disk does. */
  async append(block: ReadingsBlock, base: () => Promise<ReadingsBlock>): Promise<void> {
    const disk = this.#disk;
    try {
      const known = this.#open.get(block.density);
      if (known !== undefined && known.size < FILE_BYTES) return await this.#write(known, blockBytes(block));
      const file = { path: `${this.#dir}/${nameOf(block)}`, size: 0 };
      // A record that was taken away must not come back as a folder of readings.
      if (disk.list(dirname(this.#dir)).length === 0) throw new Error(`${dirname(this.#dir)} is gone`);
      disk.makeDir(this.#dir);
      disk.close(disk.open(file.path, 'create'));
      this.#open.set(block.density, file);
      await this.#write(file, Buffer.concat([blockBytes(await base()), blockBytes(block)]));
    } catch (error) {
      this.#open = new Map();
      throw error;
    }
  }

  async #write(file: { readonly path: string; size: number }, bytes: Buffer): Promise<void> {
    const fd = this.#disk.open(file.path, 'edit');
    try {
      await writeWhole(this.#disk, fd, bytes, file.size);
      file.size += bytes.length;
    } finally {
      this.#disk.close(fd);
    }
  }

  /** Deletes the oldest files of the density that matters least, down to `perDay` bytes; one file of each stays. */
  thin(perDay: number, now: number): void {
    const files = filesIn(this.#disk, this.#dir);
    let total = files.reduce((sum, { size }) => sum + size, 0);
    const begun = Math.min(...files.map(({ name }) => Number(/-(\d+)/.exec(name)?.[1] ?? now)));
    const most = perDay * (1 + Math.floor(Math.max(0, now - begun) / DAY));
    for (const [density, { leastBytes }] of Object.entries(DENSITIES)) {
      const own = files.filter((file) => file.name.startsWith(`${density}-`));
      let left = own.reduce((sum, { size }) => sum + size, 0);
      for (const { name, size } of own.slice(0, -1)) {
        if (total <= most) return;
        if (left - size < leastBytes) break;
        this.#disk.remove(`${this.#dir}/${name}`);
        total -= size;
        left -= size;
      }
    }
  }
}

/** Readings that came with a record, in its folder. */
export const IMPORTED_READINGS = `readings/imported${ENDING}`;

/** The readings as they are; throws where they are damaged, or of another incident. */
export function checkedReadings(bytes: Buffer, incident: string): Buffer {
  const { blocks, damagedBytes } = scanBlocks(bytes);
  const other = blocks.find((block) => block.incident !== incident);
  if (other !== undefined) throw new Error(`the readings are of ${other.incident}, the record of ${incident}`);
  if (damagedBytes > 0) throw new Error(`${damagedBytes} bytes of the readings are damaged: export them again`);
  return bytes;
}

/** Part of a file, `from` an offset on; null: it was given up meanwhile, or cannot be read, so that the rest plays. */
export function readPart(disk: JournalFs, path: string, from: number, length: number): Buffer | null {
  try {
    const fd = disk.open(path, 'read');
    try {
      const into = Buffer.alloc(length);
      return into.subarray(0, disk.read(fd, into, from));
    } finally {
      disk.close(fd);
    }
  } catch {
    return null;
  }
}
