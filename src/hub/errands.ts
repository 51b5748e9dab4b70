/** What people ask of the hub itself: to take note that they are on an alert, silences, reading the configuration again, a closer look at a target. */
import type { Command } from '../incident/command.ts';
import type { Clock } from '../protocol/clock.ts';
import { nack, type Job } from './job.ts';
import type { Rooms } from './rooms.ts';
import type { Watch } from './watch.ts';

type Kind = 'silence' | 'unsilence' | 'reload' | 'inspect';
/** Acknowledging an alert; without one it is the incident that is acknowledged. */
type AckAlert = Extract<Command, { kind: 'acknowledge' }> & { readonly alert: string };
export type Errand = Extract<Command, { kind: Kind }> | AckAlert;
export interface ErrandContext {
  readonly rooms: Rooms;
  readonly watch: Watch;
  readonly clock: Clock;
  /** Reads the configuration again; answers what came of it, or every fault. */
  readonly reload: () => Promise<Reloading>;
  /** Takes a closer look at a target; answers what it sees so far, or why it cannot. */
  readonly inspect: (target: string) => Promise<Inspecting>;
}
export type Inspecting = { readonly said: string } | { readonly refused: string };
export type Reloading = { readonly said: string } | { readonly faults: readonly string[] };

const MAX_SILENCE_MS = 30 * 86_400_000;
/** Longest answer to a reload that was refused, in characters. */
const MAX_REASON = 4_000;

const KINDS: ReadonlySet<string> = new Set<Kind>(['silence', 'unsilence', 'reload', 'inspect']);

export const isErrand = (command: Command): command is Errand =>
  command.kind === 'acknowledge' ? command.alert !== undefined : KINDS.has(command.kind);

export class Errands {
  readonly #context: ErrandContext;

  constructor(context: ErrandContext) {
    this.#context = context;
  }

  /** `incident`: the one the asker looks at. `trusted`: this machine's own token, or the IC. Answers the job. */
  async take(job: Job, errand: Errand, incident: string | null, trusted: boolean): Promise<void> {
    switch (errand.kind) {
      case 'acknowledge':
        return this.#acknowledge(job, errand.alert);
      case 'silence':
        return this.#silence(job, errand, incident);
      case 'unsilence':
        return this.#unsilence(job, errand.id, incident);
      case 'reload':
        if (trusted) return this.#reload(job, incident);
        return nack(
          job,
          'forbidden',
          'only the IC, and people on the hub\u2019s own machine, read the configuration again',
        );
      case 'inspect':
        return this.#inspect(job, errand.target);
      default:
        return errand satisfies never;
    }
  }

  /** An alert that belongs to an incident is acknowledged in its record, too, and the incident with it if nobody owns it. */
  async #acknowledge(job: Job, alert: string): Promise<void> {
    const answer = await this.#context.watch.acknowledge(alert, job.actor.name);
    if ('refused' in answer) return nack(job, answer.refused, answer.reason);
    const { home, until } = answer;
    const room = home === null ? undefined : this.#context.rooms.get(home);
    if (room !== undefined) return room.submit(job);
    const said = `acknowledged ${alert}; it asks again at ${until.slice(11, 16)}Z`;
    job.answer({ type: 'done', n: job.origin.n, id: job.id, said });
  }

  async #silence(job: Job, errand: Extract<Errand, { kind: 'silence' }>, incident: string | null): Promise<void> {
    const { clock, watch } = this.#context;
    const why = errand.why.trim();
    const matcher = errand.matcher.trim();
    const leftMs = Date.parse(errand.until) - clock.wall();
    if (why === '') return nack(job, 'invalid', 'a silence says why');
    if (!(leftMs > 0)) return nack(job, 'invalid', `a silence ends in the future; ${errand.until} is past`);
    if (leftMs > MAX_SILENCE_MS) return nack(job, 'invalid', 'a silence lasts 30 days at most');
    const until = new Date(errand.until).toISOString();
    const fault = await watch.silence({ id: job.id, matcher, by: job.actor.name, why, until });
    if (fault !== null) return nack(job, 'invalid', fault);
    this.#done(job, `silenced ${matcher} until ${until.slice(0, 16)}Z: ${why}`, incident);
  }

  async #unsilence(job: Job, id: string, incident: string | null): Promise<void> {
    const ended = await this.#context.watch.unsilence(id);
    if (ended === null) return nack(job, 'not_found', `there is no silence ${id}, or it has ended`);
    this.#done(job, `ended the silence of ${ended.matcher} (by ${ended.by}: ${ended.why})`, incident);
  }

  async #reload(job: Job, incident: string | null): Promise<void> {
    const answer = await this.#context.reload();
    if ('said' in answer) return this.#done(job, answer.said, incident);
    const { length } = answer.faults;
    const head = `nothing was changed; the configuration has ${length} fault${length === 1 ? '' : 's'}`;
    nack(job, 'invalid', [head, ...answer.faults].join('\n').slice(0, MAX_REASON));
  }

  /** It changes nothing, so no record tells of it. */
  async #inspect(job: Job, target: string): Promise<void> {
    const answer = await this.#context.inspect(target);
    if ('said' in answer) return job.answer({ type: 'done', n: job.origin.n, id: job.id, said: answer.said });
    nack(job, 'not_now', answer.refused);
  }

  /** In the record of the asker's incident, else of the one declared last; with none open, the answer is all there is. */
  #done(job: Job, what: string, incident: string | null): void {
    const open = this.#context.rooms.open();
    const room = open.find(({ id }) => id === incident) ?? open[0];
    if (room === undefined) return job.answer({ type: 'done', n: job.origin.n, id: job.id, said: what });
    room.submit({ ...job, command: { kind: 'mark_change', what } });
  }
}
