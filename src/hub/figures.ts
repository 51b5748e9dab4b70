/** What the hub knows of all its incidents: their figures, and what is left to do after them. */
import { setImmediate } from 'node:timers/promises';
import { beginningOf, figuresOf, mayCount, type Figures, type Measured } from '../incident/figures.ts';
import { followUpOf, leftSomething, type FollowedUp, type FollowUp } from '../incident/follow-up.ts';
import { DAY, MINUTE } from '../incident/time.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { HubContext } from './hub-context.ts';
import type { Rooms, Stored } from './rooms.ts';

interface FiguresContext extends Pick<HubContext, 'clock' | 'policy'> {
  readonly rooms: Pick<Rooms, 'stored' | 'damaged'>;
  readonly archived: ReadonlyMap<string, Stored>;
}
type Listed = readonly (readonly [id: string, stored: Stored])[];

const RECENT_MS = 30 * DAY;
/** Read before others get their turn. */
const AT_ONCE = 200;

/** What was made at `at` serves for `ms`: even without a change postmortems and actions fall due, and incidents grow too old. */
const isFresh = (at: number, now: number, ms: number): boolean => now >= at && now - at < ms;

/** Of the last 30 days, at hand at any time, and of any time when somebody asks. */
export class HubFigures {
  readonly #context: FiguresContext;
  #recent: { readonly at: number; readonly figures: Figures } | null = null;
  /** Of recent incidents that have ended. */
  readonly #measured = new WeakMap<Stored, Measured>();

  constructor(context: FiguresContext) {
    this.#context = context;
  }

  /** An incident changed. */
  changed(): void {
    this.#recent = null;
  }

  recent(): Figures {
    const now = this.#context.clock.wall();
    if (this.#recent !== null && isFresh(this.#recent.at, now, MINUTE)) return this.#recent.figures;
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

const declaredFrom = (since: number | null, listed: Listed): readonly Stored[] =>
  listed.flatMap(([id, stored]) => (mayCount(id, since) ? [stored] : []));

const plain = ({ status, drill, declaredAt, facts }: Measured): Measured => ({ status, drill, declaredAt, facts });

/** Plain entries, of which there are many, leave nothing to do. */
const isFollowedUp = ({ kind, data }: AnyEvent): boolean =>
  kind !== 'noted' || data['form'] === 'action' || data['closes'] === true;

/** What is left to do, kept so that each summary of an ended incident is read once. */
export class HubFollowUp {
  readonly #context: Omit<FiguresContext, 'archived'>;
  #recent: { readonly at: number; readonly followUp: Promise<FollowUp> } | null = null;
  /** Null: it left nothing to do. */
  readonly #known = new WeakMap<Stored, FollowedUp | null>();

  constructor(context: Omit<FiguresContext, 'archived'>) {
    this.#context = context;
  }

  /** An incident changed, by these events; without them anything may have. */
  changed(events?: readonly AnyEvent[]): void {
    if (events === undefined || events.some(isFollowedUp)) this.#recent = null;
  }

  all(): Promise<FollowUp> {
    const now = this.#context.clock.wall();
    if (this.#recent === null || !isFresh(this.#recent.at, now, MINUTE / 2))
      this.#recent = { at: now, followUp: this.#read(now) };
    return this.#recent.followUp;
  }

  async #read(now: number): Promise<FollowUp> {
    const { rooms, policy } = this.#context;
    const all: FollowedUp[] = [];
    let reads = 0;
    // The list may change while others get their turn.
    const listed = [...rooms.stored()];
    for (const [, stored] of listed) {
      let one = this.#known.get(stored);
      if (one === undefined) {
        const { summary } = stored;
        one = summary !== null && leftSomething(summary) ? summary : null;
        this.#known.set(stored, one);
        if (++reads % AT_ONCE === 0) await setImmediate();
      }
      if (one !== null) all.push(one);
    }
    return followUpOf(all, now, policy().postmortemMs);
  }
}
