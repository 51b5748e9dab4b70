/** What is left to do after the hub's incidents, kept so that each summary of an ended one is read once. */
import { setImmediate } from 'node:timers/promises';
import { followUpOf, leftSomething, type FollowedUp, type FollowUp } from '../incident/follow-up.ts';
import type { HubFiguresContext } from './figures.ts';
import type { Stored } from './rooms.ts';

/** Read before others get their turn. */
const AT_ONCE = 200;

export class HubFollowUp {
  readonly #context: Omit<HubFiguresContext, 'archived'>;
  /** Null: it left nothing to do. */
  readonly #known = new WeakMap<Stored, FollowedUp | null>();

  constructor(context: Omit<HubFiguresContext, 'archived'>) {
    this.#context = context;
  }

  async all(): Promise<FollowUp> {
    const { rooms, clock, policy } = this.#context;
    const all: FollowedUp[] = [];
    let reads = 0;
    // The list may change while others get their turn.
    const listed = [...rooms().stored()];
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
    return followUpOf(all, clock.wall(), policy().postmortemMs);
  }
}
