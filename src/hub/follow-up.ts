/** What is left to do after the hub's incidents, kept so that each summary of an ended one is read once. */
import { setImmediate } from 'node:timers/promises';
import { followUpOf, leftSomething, type FollowedUp, type FollowUp } from '../incident/follow-up.ts';
import { MINUTE } from '../incident/time.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { HubFiguresContext } from './figures.ts';
import type { Stored } from './rooms.ts';

/** Even without a change postmortems and actions fall due. */
const KEPT_MS = MINUTE / 2;
/** Read before others get their turn. */
const AT_ONCE = 200;

/** Plain entries, of which there are many, leave nothing to do. */
const isFollowedUp = ({ kind, data }: AnyEvent): boolean =>
  kind !== 'noted' || data['form'] === 'action' || data['closes'] === true;

export class HubFollowUp {
  readonly #context: Omit<HubFiguresContext, 'archived'>;
  #recent: { readonly at: number; readonly followUp: Promise<FollowUp> } | null = null;
  /** Null: it left nothing to do. */
  readonly #known = new WeakMap<Stored, FollowedUp | null>();

  constructor(context: Omit<HubFiguresContext, 'archived'>) {
    this.#context = context;
  }

  /** An incident changed, by these events; without them anything may have. */
  changed(events?: readonly AnyEvent[]): void {
    if (events === undefined || events.some(isFollowedUp)) this.#recent = null;
  }

  all(): Promise<FollowUp> {
    const now = this.#context.clock.wall();
    const age = now - (this.#recent?.at ?? 0);
    if (this.#recent !== null && age >= 0 && age < KEPT_MS) return this.#recent.followUp;
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
