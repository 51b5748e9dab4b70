/** given / when / then for the core: a story of commands, the state they lead to, and what one more is answered. */
import { decide, evolve } from '../../src/incident/topics/index.ts';
import type { Context } from '../../src/incident/context.ts';
import { isRefusal, type Refusal } from '../../src/incident/decision.ts';
import type { Command } from '../../src/incident/command.ts';
import type { Draft, Event } from '../../src/incident/event.ts';
import { blankIncident, type Incident } from '../../src/incident/incident.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';

export const START = Date.parse('2026-11-23T03:00:00.000Z');
export const at = (minutes: number): string => new Date(START + minutes * 60_000).toISOString();

/** `[who, command, minutes after the start]`. */
export type Step = readonly [who: string, command: Command, minutes?: number, more?: Partial<Context>];

export class Story {
  state: Incident;
  readonly events: Event[] = [];

  constructor(id = '2026-11-23-test') {
    this.state = blankIncident(id);
  }

  context(who: string, minutes: number, command: Command, more: Partial<Context> = {}): Context {
    const ref = 'ref' in command ? command.ref : 're' in command ? command.re : undefined;
    return {
      now: at(minutes),
      actor: { name: who, observer: false, via: 'console' },
      policy: HANDBOOK_POLICY,
      icAbsentMs: 0,
      target: ref === undefined ? undefined : this.events[ref - 1],
      ...more,
    };
  }

  ask(who: string, command: Command, minutes = 0, more: Partial<Context> = {}): readonly Draft[] | Refusal {
    return decide(this.state, command, this.context(who, minutes, command, more));
  }

  /** As `ask`, and what was decided happens. */
  tell(who: string, command: Command, minutes = 0, more: Partial<Context> = {}): readonly Event[] | Refusal {
    const answer = this.ask(who, command, minutes, more);
    if (isRefusal(answer)) return answer;
    return answer.map((draft) => {
      const seq = this.events.length + 1;
      const event = {
        ...draft,
        id: `id-${seq}`,
        incident: this.state.id,
        seq,
        recorded: more.now ?? at(minutes),
      } as Event;
      this.events.push(event);
      this.state = evolve(this.state, event);
      return event;
    });
  }
}

/** A story in which every step must succeed. */
export function given(...steps: readonly Step[]): Story {
  const story = new Story();
  for (const [who, command, minutes = 0, more = {}] of steps) {
    const answer = story.tell(who, command, minutes, more);
    if (isRefusal(answer)) throw new Error(`${who} ${command.kind}: ${answer.refused}, ${answer.reason}`);
  }
  return story;
}

export const declared: Step = ['alice', { kind: 'declare', title: 'checkout errors', severity: 'SEV-2' }];
export const aliceIsIc: Step = ['alice', { kind: 'assign_role', role: 'ic', name: 'alice' }, 1];
export const replay = (id: string, events: readonly Event[]): Incident => events.reduce(evolve, blankIncident(id));
