/** Plays the past of a room: where it is, how fast it moves, and the view of that moment. */
import type { PastMoment } from '../../panels/model.ts';
import { shifted, type Past } from '../client/past.ts';
import { errorMessage } from '../incident/words.ts';
import { clamp } from './open-list.ts';
import type { PastMove } from './state.ts';
import { viewOf, type ViewContext, type View } from './view.ts';

const SPEEDS = [1, 4, 16, 60];
/** How often it moves while it plays, ms. */
const STEP_MS = 250;

interface PlayerOptions {
  readonly past: Past;
  readonly hasReadings: boolean;
  /** The incident goes on behind it. */
  readonly isRunning: boolean;
  /** Another moment is shown. */
  readonly onMoved: () => void;
  readonly onTrouble: (words: string) => void;
}

const KEPT = {
  all: 'every reading is kept',
  around: 'every reading is kept',
  tens: 'one reading in 10 s is kept',
  minutes: 'one reading a minute is kept',
} as const;

export class PastPlayer {
  readonly #options: PlayerOptions;
  /** Where it is going; the past follows as fast as it can be read. */
  #cursor: number;
  #speed = 1;
  #timer: NodeJS.Timeout | null = null;
  #movedAt = 0;
  #showing: Promise<void> | null = null;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#cursor = options.past.at;
  }

  /** Resolves once that moment is shown. */
  async move(move: Exclude<PastMove, 'now'>): Promise<void> {
    const { past, onTrouble } = this.#options;
    if (move === 'toggle') return this.#play(this.#timer === null);
    if ('speed' in move) {
      const at = SPEEDS.indexOf(this.#speed) + move.speed;
      this.#speed = SPEEDS[clamp(at, SPEEDS.length)] ?? 1;
      return this.#options.onMoved();
    }
    if ('to' in move) return this.#go(move.to);
    if ('seq' in move) {
      const found = past.events.find(({ seq }) => seq === move.seq);
      return found === undefined ? onTrouble(`there is no entry #${move.seq}`) : this.#go(Date.parse(found.recorded));
    }
    const times = past.keys.map(({ recorded }) => Date.parse(recorded));
    const at =
      move.key === 1 ? times.find((time) => time > this.#cursor) : times.findLast((time) => time < this.#cursor);
    if (at === undefined)
      return onTrouble(move.key === 1 ? 'there is no later key entry' : 'there is no earlier key entry');
    return this.#go(at);
  }

  /** `calls`: what calls for this person now. */
  view(moment: Omit<ViewContext, 'now'>, calls: string | null): View {
    const { past, hasReadings, isRunning } = this.#options;
    const { at, to, density } = past;
    const none = `no readings were kept${hasReadings ? ' of this moment' : ''}`;
    const shown: PastMoment = {
      at,
      to,
      isPlaying: this.#timer !== null,
      speed: this.#speed,
      kept: density === null ? none : KEPT[density],
      isKept: density !== null,
      isRunning,
      calls,
    };
    const view = viewOf(past, { ...moment, now: at });
    return { ...view, me: moment.me, observer: true, targets: shifted(view.targets, moment.mono - at), past: shown };
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #play(on: boolean): void {
    this.stop();
    this.#movedAt = performance.now();
    if (on) this.#timer = setInterval(() => this.#step(), STEP_MS);
    this.#options.onMoved();
  }

  #step(): void {
    const now = performance.now();
    const to = this.#cursor + (now - this.#movedAt) * this.#speed;
    this.#movedAt = now;
    if (to >= this.#options.past.to) this.stop();
    void this.#go(to);
  }

  /** One moment after the other is made; of those wished meanwhile only the last. */
  #go(to: number): Promise<void> {
    const { past, onMoved, onTrouble } = this.#options;
    this.#cursor = Math.min(Math.max(to, past.from), past.to);
    const follow = async (): Promise<void> => {
      do {
        await past.show(this.#cursor);
        onMoved();
      } while (past.at !== this.#cursor);
    };
    this.#showing ??= follow()
      .catch((fault: unknown) => {
        this.stop();
        this.#cursor = past.at;
        onTrouble(`the past cannot be read: ${errorMessage(fault)}`);
      })
      .finally(() => {
        this.#showing = null;
      });
    return this.#showing;
  }
}
