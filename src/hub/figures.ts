/** The figures of the hub's incidents: of the last 30 days, at hand at any time, and of any time when somebody asks. */
import { setImmediate } from 'node:timers/promises';
import { beginningOf, figuresOf, mayCount, type Figures, type Measured } from '../incident/figures.ts';
import { DAY, MINUTE } from '../incident/time.ts';
import type { HubContext } from './hub-context.ts';
import type { Rooms, Stored } from './rooms.ts';

export interface HubFiguresContext extends Pick<HubContext, 'clock' | 'policy'> {
  readonly rooms: Pick<Rooms, 'stored' | 'damaged'>;
  readonly archived: ReadonlyMap<string, Stored>;
}

const RECENT_MS = 30 * DAY;
/** Even without a change postmortems fall due and incidents grow too old. */
const KEPT_MS = MINUTE;
/** Read before others get their turn. */
const AT_ONCE = 200;

export class HubFigures {
  readonly #context: HubFiguresContext;
  #recent: { readonly at: number; readonly figures: Figures } | null = null;
  /** Of recent incidents that have ended. */
  readonly #measured = new WeakMap<Stored, Measured>();

  constructor(context: HubFiguresContext) {
    this.#context = context;
  }

  /** An incident changed. */
  changed(): void {
    this.#recent = null;
  }

  recent(): Figures {
    const now = this.#context.clock.wall();
    const age = now - (this.#recent?.at ?? 0);
    if (this.#recent !== null && age >= 0 && age < KEPT_MS) return this.#recent.figures;
    const since = now - RECENT_MS;
    const listed = this.#listed();
    const all = declaredFrom(since, listed).map((stored) => {
      const known = this.#measured.get(stored) ?? stored.summary;
      if (known !== null) this.#measured.set(stored, plain(known));
      return known;
    });
    const figures = this.#of(all, since, now, listed);
    this.#recent = { at: now, figures };
    return figures;
  }

  /** Null: of all. */
  async since(since: number | null): Promise<Figures> {
    const listed = this.#listed();
    const all: (Measured | null)[] = [];
    for (const stored of declaredFrom(since, listed)) {
      all.push(stored.summary);
      if (all.length % AT_ONCE === 0) await setImmediate();
    }
    return this.#of(all, since, this.#context.clock.wall(), listed);
  }

  #listed(): Listed {
    const { archived, rooms } = this.#context;
    return [...new Map([...archived, ...rooms.stored()])];
  }

  #of(all: readonly (Measured | null)[], since: number | null, now: number, listed: Listed): Figures {
    const { rooms, policy } = this.#context;
    const known = all.filter((one) => one !== null);
    return figuresOf(known, {
      since,
      now,
      begun: beginningOf(listed.map(([id]) => id)),
      damaged: rooms.damaged().length + all.length - known.length,
      postmortemMs: policy().postmortemMs,
    });
  }
}

type Listed = readonly (readonly [id: string, stored: Stored])[];

const declaredFrom = (since: number | null, listed: Listed): readonly Stored[] =>
  listed.flatMap(([id, stored]) => (mayCount(id, since) ? [stored] : []));

const plain = ({ status, drill, declaredAt, facts }: Measured): Measured => ({ status, drill, declaredAt, facts });
