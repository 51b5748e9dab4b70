/** What the stores, streams and writers of a data folder share: its disk, free space, lock and fault. */
import type { JournalFs } from './disk.ts';
import type { StoreFault } from './event-store.ts';
import type { Cut } from './segment-index.ts';

export interface JournalOptions {
  /** Made when it is not there. */
  readonly dir: string;
  readonly fs?: JournalFs;
  /** Appends are refused below this. Default 16 MB. */
  readonly minFreeBytes?: number;
  /** A longer segment is closed and the next begun. Default 64 MB. */
  readonly segmentBytes?: number;
  /** ms since 1970. */
  readonly now?: () => number;
  /** A fresh random id. */
  readonly random?: () => string;
  /** How often a cold record is compared with the index, ms; 0: never. Default 1 s. */
  readonly checkEveryMs?: number;
}

export interface DataFolder extends Omit<Required<JournalOptions>, 'fs' | 'minFreeBytes'> {
  readonly disk: JournalFs;
  /** The previous process died without closing the journal. */
  readonly isTakenOver: boolean;
  /** Why nothing can be written any more; else null. Once set it stays for the life of the process. */
  readonly fault: () => string | null;
  /** Makes the journal read-only. `cure`: what to do, in words. */
  readonly fail: (error: unknown, doing: string, cure?: string) => void;
  /** Throws when this process lost the data folder. */
  readonly assertOurs: () => void;
  /** Why `bytes` more cannot be written now: `read_only` or `disk_low`; else null. */
  readonly refusal: (bytes: number) => StoreFault | null;
  /** See `EventStore.lowSpace`. */
  readonly lowSpace: () => string | null;
  readonly onCut: (cut: Cut) => void;
}

/** A file or folder that is written to was removed. */
export class TakenAway extends Error {
  /** What to do before the hub is started again. */
  readonly cure: string;
  constructor(what: string, cure: string) {
    super(what);
    this.cure = cure;
  }
}

const TRUST_MS = 1000;
const MB = 1024 * 1024;

/** The free space of the disk, measured at most once a second. */
export function freeSpace({ fs, dir, minFreeBytes: min, now }: Required<JournalOptions>) {
  let free = 0;
  /** The most bytes refused since there was room. */
  let refused = 0;
  let measuredAt = Number.NEGATIVE_INFINITY;
  const measure = (): void => {
    measuredAt = now();
    try {
      free = fs.free(dir);
    } catch {
      // Unknown: the write itself will fail.
      free = Number.POSITIVE_INFINITY;
    }
  };
  const words = (): string =>
    `only ${(free / MB).toFixed(1)} MB are free in ${dir}; nothing is written below ${(min / MB).toFixed(1)} MB. Free some space; reading goes on`;
  return {
    /** A sentence when `bytes` more would leave too little; else null. */
    fault(bytes: number): string | null {
      const age = now() - measuredAt;
      if (age >= TRUST_MS || age < 0 || free - bytes < min) measure();
      if (free - bytes < min) {
        refused = Math.max(refused, bytes);
        return words();
      }
      free -= bytes;
      return null;
    },
    /** The same sentence while what was refused would be refused again. */
    low(): string | null {
      measure();
      if (free - refused < min) return words();
      refused = 0;
      return null;
    },
  };
}
