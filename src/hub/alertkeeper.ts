/** Keeps what the hub knows of alerts on disk: when it changed, and now and then while one waits. */
import type { Clock } from '../protocol/clock.ts';
import { writeRemembered, type Remembered } from './alertsfile.ts';

/** While an alert waits, its progress is on disk at least this often; ms. */
const KEEP_MS = 5_000;

export interface KeeperContext {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly say: (line: string) => void;
}

export class AlertKeeper {
  readonly #context: KeeperContext;
  /** All there is to know at the moment. */
  readonly #gather: () => Remembered;
  #dirty = true;
  #keptAt = -Infinity;
  #writing: Promise<void> = Promise.resolve();
  /** The last trouble, said once. */
  #trouble: string | null = null;

  constructor(context: KeeperContext, gather: () => Remembered) {
    this.#context = context;
    this.#gather = gather;
  }

  /** Something is to be remembered: with the next `keep`. */
  changed(): void {
    this.#dirty = true;
  }

  /** Called once a step; `waits`: an alert waits. */
  keep(waits: () => boolean): void {
    const due = this.#keptAt + KEEP_MS <= this.#context.clock.mono();
    if (this.#dirty || (due && waits())) void this.save();
  }

  /** One write after the other, each of what is known when it begins. Answers why it failed, or null: it is on disk. */
  save(): Promise<string | null> {
    this.#dirty = false;
    const mine = this.#writing.then(() => this.#write());
    this.#writing = mine.then(() => {});
    return mine;
  }

  async #write(): Promise<string | null> {
    const { dataDir, clock, say } = this.#context;
    this.#keptAt = clock.mono();
    try {
      await writeRemembered(dataDir, this.#gather());
      this.#trouble = null;
      return null;
    } catch (error) {
      this.#dirty = true;
      const why = `alerts and silences cannot be kept: ${error instanceof Error ? error.message : String(error)}`;
      if (why !== this.#trouble) say(why);
      this.#trouble = why;
      return why;
    }
  }
}
