/** Systems that report alerts and changes: known by their token, bounded in rate, their reports durable before the answer. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { HubRecordCommand } from '../incident/hub-record.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf } from '../protocol/handshake.ts';
import type { RuleFault } from '../rules/engine.ts';
import type { ReportedAlert } from '../rules/reported.ts';
import type { HubContext } from './hub-context.ts';
import type { HubRecordRoom } from './hub-record.ts';
import { HttpRefusal, type IncomingRequest } from './http-body.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { Submission } from './submission.ts';

interface IntakesContext extends Pick<HubContext, 'clock' | 'newId'> {
  readonly record: HubRecordRoom;
  readonly heartbeats: { overdue(): readonly ReportedAlert[] };
}

/** Alerts per second and at once, of one system. */
const ALERTS = { perSecond: 200, burst: 2_000 } as const;
/** What goes wrong with a system is told for so long after it was seen last, ms. */
const TOLD_MS = 15 * 60_000;

export class Intakes {
  readonly #context: IntakesContext;
  readonly #alerts: RateLimiter;
  /** Numbers the requests of this run. */
  readonly #client = `intake ${randomBytes(9).toString('base64url')}`;
  #n = 0;
  #reported: readonly ReportedAlert[] = [];
  /** What `#reported` was made of. */
  #reportedFrom: readonly unknown[] = [];
  readonly #troubles = new Map<string, { readonly message: string; readonly at: number }>();

  constructor(context: IntakesContext) {
    this.#context = context;
    this.#alerts = new RateLimiter(ALERTS.perSecond, ALERTS.burst, context.clock);
  }

  /** The name of the system that sends `request`; `token`: where it is not in the header. */
  nameOf({ headers, limit }: IncomingRequest, token = tokenIn(headers)): string {
    const shown = hashOf(token ?? '').toString('hex');
    const found = Object.entries(this.#context.record.state.intakes).find(([, { hash }]) =>
      timingSafeEqual(Buffer.from(hash), Buffer.from(shown)),
    );
    if (found === undefined) {
      limit();
      throw new HttpRefusal(401, 'no system has this token: make one with warroom intake add NAME');
    }
    // Alertmanager gives up on 429 until its next interval, and comes again at once on 503.
    limit(`intake ${found[0]}`, 503);
    return found[0];
  }

  /** Called before a request with so many alerts is taken. */
  limitAlerts(intake: string, count: number): void {
    const waitMs = this.#alerts.charge(intake, 0);
    if (waitMs > 0) {
      this.tell(intake, 'it reports more alerts than are taken: what it says is late');
      throw new HttpRefusal(503, 'too many alerts', waitMs);
    }
    // What is refused whole must not keep out the next, smaller requests for long.
    this.#alerts.charge(intake, Math.min(count, ALERTS.burst));
  }

  /** Records the command, unless `isKnown` says that the record has it already. Rejects with a refusal. */
  async record(intake: string, command: HubRecordCommand, isKnown: () => boolean): Promise<void> {
    const result = await this.#context.record.execute(this.submission(intake, command));
    if (!('refused' in result)) return;
    const { refused, reason, retryAfter = 1_000 } = result;
    // What another request reports just now is known only once it is on disk.
    if (refused === 'conflict')
      for (let tries = 0; tries < 50; tries++) {
        if (isKnown()) return;
        await sleep(20);
      }
    if (refused === 'invalid') throw new HttpRefusal(400, reason);
    if (refused === 'not_now') this.tell(intake, `what it reports is refused: ${reason}`);
    throw new HttpRefusal(503, refused === 'conflict' ? 'it is being recorded' : reason, retryAfter);
  }

  submission<C>(intake: string, command: C): Submission<C> {
    return {
      origin: { client: this.#client, n: ++this.#n, hash: '' },
      id: this.#context.newId(this.#context.clock.wall()),
      command,
      actor: { name: intake, observer: false, via: 'webhook' },
    };
  }

  /** The alerts that are reported now, as the engine takes them; the same list as long as nothing changed. */
  reported(): readonly ReportedAlert[] {
    const { record, heartbeats } = this.#context;
    const { reports, intakes } = record.state;
    const overdue = heartbeats.overdue();
    const from = [reports, intakes, ...overdue];
    if (from.length === this.#reportedFrom.length && from.every((one, i) => one === this.#reportedFrom[i]))
      return this.#reported;
    const firing = Object.entries(reports.firing).map(([alert, { intake, startsAt, runbook, route, ...rest }]) => ({
      ...rest,
      alert,
      runbook: runbook ?? null,
      route: route ?? null,
      since: Date.parse(startsAt),
      isKnown: Object.hasOwn(intakes, intake),
    }));
    this.#reportedFrom = from;
    this.#reported = [...firing, ...overdue];
    return this.#reported;
  }

  /** Something of what `intake` reports is not known here: people are told. */
  tell(intake: string, message: string): void {
    this.#troubles.set(intake, { message, at: this.#context.clock.mono() });
  }

  faults(): readonly RuleFault[] {
    const now = this.#context.clock.mono();
    for (const [intake, { at }] of this.#troubles) if (now - at > TOLD_MS) this.#troubles.delete(intake);
    return [...this.#troubles].map(([intake, { message }]) => ({ rule: intake, message }));
  }
}

/** Of `Authorization: Bearer`, or the header in which GitLab sends its token. */
function tokenIn(headers: IncomingRequest['headers']): string | undefined {
  const [, bearer] = /^Bearer +(\S{1,200})$/i.exec(headers.authorization ?? '') ?? [];
  const gitlab = headers['x-gitlab-token'];
  return bearer ?? (typeof gitlab === 'string' ? gitlab.slice(0, 200) : undefined);
}
