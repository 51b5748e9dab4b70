/** What people ask of the hub itself: to take note that they are on an alert, silences, reading the configuration again, a closer look at a target. */
import type { Clock } from '../protocol/clock.ts';
import type { ConsoleCommand, HubCommand } from '../protocol/command.ts';
import { nack, type Submission } from './submission.ts';
import type { Rooms } from './rooms.ts';
import type { Alerting } from './alerting.ts';

type Asked = Submission<ConsoleCommand>;

export interface HubCommandContext {
  readonly rooms: Rooms;
  readonly alerting: Alerting;
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

export class HubCommands {
  readonly #context: HubCommandContext;

  constructor(context: HubCommandContext) {
    this.#context = context;
  }

  /** `incident`: the one the asker looks at. `trusted`: this machine's own token, or the IC. Answers the submission. */
  async take(submission: Asked, command: HubCommand, incident: string | null, trusted: boolean): Promise<void> {
    switch (command.kind) {
      case 'acknowledge':
        return this.#acknowledge({ ...submission, command });
      case 'silence':
        return this.#silence(submission, command, incident);
      case 'unsilence':
        return this.#unsilence(submission, command.id, incident);
      case 'reload':
        if (trusted) return this.#reload(submission, incident);
        return nack(
          submission,
          'forbidden',
          'only the IC, and people on the hub\u2019s own machine, read the configuration again',
        );
      case 'inspect':
        return this.#inspect(submission, command.target);
      default:
        return command satisfies never;
    }
  }

  /** An alert that belongs to an incident is acknowledged in its record, too, and the incident with it if nobody owns it. */
  async #acknowledge(submission: Submission<Extract<HubCommand, { kind: 'acknowledge' }>>): Promise<void> {
    const { alert } = submission.command;
    const answer = await this.#context.alerting.acknowledge(alert, submission.actor.name);
    if ('refused' in answer) return nack(submission, answer.refused, answer.reason);
    const { home, until } = answer;
    const room = home === null ? undefined : this.#context.rooms.get(home);
    if (room !== undefined) return room.submit(submission);
    const said = `acknowledged ${alert}; it asks again at ${until.slice(11, 16)}Z`;
    submission.answer({ type: 'done', n: submission.origin.n, id: submission.id, said });
  }

  async #silence(
    submission: Asked,
    command: Extract<HubCommand, { kind: 'silence' }>,
    incident: string | null,
  ): Promise<void> {
    const { clock, alerting } = this.#context;
    const why = command.why.trim();
    const matcher = command.matcher.trim();
    const leftMs = Date.parse(command.until) - clock.wall();
    if (why === '') return nack(submission, 'invalid', 'a silence says why');
    if (!(leftMs > 0)) return nack(submission, 'invalid', `a silence ends in the future; ${command.until} is past`);
    if (leftMs > MAX_SILENCE_MS) return nack(submission, 'invalid', 'a silence lasts 30 days at most');
    const until = new Date(command.until).toISOString();
    const fault = await alerting.silence({ id: submission.id, matcher, by: submission.actor.name, why, until });
    if (fault !== null) return nack(submission, 'invalid', fault);
    this.#done(submission, `silenced ${matcher} until ${until.slice(0, 16)}Z: ${why}`, incident);
  }

  async #unsilence(submission: Asked, id: string, incident: string | null): Promise<void> {
    const ended = await this.#context.alerting.unsilence(id);
    if (ended === null) return nack(submission, 'not_found', `there is no silence ${id}, or it has ended`);
    this.#done(submission, `ended the silence of ${ended.matcher} (by ${ended.by}: ${ended.why})`, incident);
  }

  async #reload(submission: Asked, incident: string | null): Promise<void> {
    const answer = await this.#context.reload();
    if ('said' in answer) return this.#done(submission, answer.said, incident);
    const { length } = answer.faults;
    const head = `nothing was changed; the configuration has ${length} fault${length === 1 ? '' : 's'}`;
    nack(submission, 'invalid', [head, ...answer.faults].join('\n').slice(0, MAX_REASON));
  }

  /** It changes nothing, so no record tells of it. */
  async #inspect(submission: Asked, target: string): Promise<void> {
    const answer = await this.#context.inspect(target);
    if ('said' in answer)
      return submission.answer({ type: 'done', n: submission.origin.n, id: submission.id, said: answer.said });
    nack(submission, 'not_now', answer.refused);
  }

  /** In the record of the asker's incident, else of the one declared last; with none open, the answer is all there is. */
  #done(submission: Asked, what: string, incident: string | null): void {
    const open = this.#context.rooms.open();
    const room = open.find(({ id }) => id === incident) ?? open[0];
    if (room === undefined)
      return submission.answer({ type: 'done', n: submission.origin.n, id: submission.id, said: what });
    room.submit({ ...submission, command: { kind: 'mark_change', what } });
  }
}
