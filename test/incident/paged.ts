/** An incident whose policies are evaluated as the hub does it: after everything that happens, and when something is due. */
import type { Command } from '../../src/incident/command.ts';
import type { AlertEpisode, Context } from '../../src/incident/context.ts';
import { isRefusal } from '../../src/incident/decision.ts';
import type { OnCall } from '../../src/incident/paging.ts';
import { escalation, missedDeadlines } from '../../src/incident/policies.ts';
import { HANDBOOK_POLICY, type Policy } from '../../src/incident/policy.ts';
import { START, Story } from './story.ts';

export const MINUTE = 60_000;
export const ON_CALL: OnCall = { L1: 'ana', L2: 'bob', L3: 'cyd', L4: 'dan' };
const ALIASES: Readonly<Record<string, string>> = { 'dan.k': 'dan' };
const POLICIES = [missedDeadlines, escalation];

export class Paged {
  readonly story = new Story();
  onCall: OnCall | null = ON_CALL;
  policy: Policy = HANDBOOK_POLICY;
  episode: AlertEpisode | undefined;
  /** Minutes after the start. */
  minutes = 0;
  isUp = true;
  /** Keys of what the policies asked for, and how often it was recorded. */
  readonly executed = new Map<string, number>();

  #context(via: 'console' | 'hub', name: string): Partial<Context> {
    const { onCall, episode } = this;
    return {
      policy: this.policy,
      actor: { name, observer: false, via },
      ...(onCall === null ? {} : { onCall: () => onCall, onCallName: (alias: string) => ALIASES[alias] ?? alias }),
      ...(episode === undefined ? {} : { alertEpisode: () => episode }),
    };
  }

  /** A person asks for something; it must be granted. */
  does(who: string, command: Command): this {
    const answer = this.asks(who, command);
    if (isRefusal(answer)) throw new Error(`${who} ${command.kind}: ${answer.refused}, ${answer.reason}`);
    return this;
  }

  asks(who: string, command: Command) {
    const answer = this.story.tell(who, command, this.minutes, this.#context('console', who));
    if (this.isUp) this.evaluate();
    return answer;
  }

  /** Time passes; the hub is up and wakes whenever something is due. */
  until(minutes: number): this {
    const end = START + minutes * MINUTE;
    for (let wakes = 0; this.isUp && wakes < 200; wakes++) {
      const due = this.evaluate();
      if (due === null || due > end) break;
      this.minutes = (due - START) / MINUTE;
    }
    this.minutes = minutes;
    if (this.isUp) this.evaluate();
    return this;
  }

  /** The hub is down until then, and nothing happens. */
  down(minutes: number): this {
    this.minutes = minutes;
    this.evaluate();
    return this;
  }

  /** Executes what is due, each key once, as the store does it; answers when to look again. */
  evaluate(): number | null {
    const now = START + this.minutes * MINUTE;
    for (let rounds = 0; rounds < 20; rounds++) {
      const wanted = POLICIES.map((policy) => policy(this.story.state, now, this.policy));
      const fresh = wanted.flatMap(({ commands }) => commands).filter(({ key }) => !this.executed.has(key));
      if (fresh.length === 0) {
        const dues = wanted.flatMap(({ nextDue }) => (nextDue === null ? [] : [nextDue]));
        return dues.length === 0 ? null : Math.min(...dues);
      }
      for (const { key, command } of fresh) {
        const answer = this.story.tell('hub', command, this.minutes, this.#context('hub', 'hub'));
        if (isRefusal(answer)) throw new Error(`${key}: ${answer.reason}`);
        this.executed.set(key, (this.executed.get(key) ?? 0) + 1);
      }
    }
    throw new Error('the policies never come to an end');
  }

  /** `0 L1 ana`, `5 L2 bob`, `20 expired`, `5 missed ack`: what the hub did, and at which minute. */
  get did(): readonly string[] {
    return this.story.events.flatMap((event) => {
      const minute = Math.round(((Date.parse(event.recorded) - START) / MINUTE) * 100) / 100;
      switch (event.kind) {
        case 'paged':
          return [`${minute} ${event.data.level} ${event.data.name ?? 'nobody'}`];
        case 'escalation_held':
          return [`${minute} ask ${event.data.level}`];
        case 'acknowledgement_expired':
          return [`${minute} expired`];
        case 'deadline_missed':
          return event.data.what === 'identify' ? [`${minute} missed identify`] : [];
        default:
          return [];
      }
    });
  }
}
