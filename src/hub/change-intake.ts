/** `POST /v1/changes`: deploys, flags, migrations. Every open incident is told, and those declared within two hours. */
import { hash } from 'node:crypto';
import { REMEMBERED_MS } from '../incident/intake.ts';
import type { HubEvent } from '../incident/hub-record.ts';
import type { ReportedChange } from '../incident/hub-state.ts';
import type { Incident } from '../incident/incident.ts';
import {
  githubChange,
  githubShape,
  gitlabChange,
  gitlabShape,
  ownChange,
  ownShape,
  type GivenChange,
} from './change-formats.ts';
import type { HubParts } from './hub-parts.ts';
import { jsonBody, type HttpAnswer, type IncomingRequest } from './http-body.ts';
import { signedBody } from './signatures.ts';
import type { Batch, Subscriber } from './subscribers.ts';

type ChangeIntakeContext = Pick<HubParts, 'clock' | 'intakes' | 'record' | 'rooms' | 'scheduler' | 'settings'>;

/** What could not be recorded is tried again after this long, ms. */
const AGAIN_MS = 5_000;

export class ChangeIntake implements Subscriber {
  readonly name = 'changes';
  readonly #context: ChangeIntakeContext;
  #again: NodeJS.Timeout | null = null;

  constructor(context: ChangeIntakeContext) {
    this.#context = context;
  }

  async take(request: IncomingRequest): Promise<HttpAnswer> {
    const [intake, change] = await this.#read(request);
    if (change === null) return { status: 200, body: { status: 'ignored' } };
    const { what, by, link, at } = change;
    const { intakes, record, clock } = this.#context;
    const now = clock.wall();
    const key = change.key === null ? null : hash('sha256', `${intake} ${change.key}`).slice(0, 32);
    const command = {
      kind: 'report_change',
      what,
      by: by ?? intake,
      ...(link === null ? {} : { link }),
      ...(key === null ? {} : { key }),
      ...(at === null ? {} : { at: new Date(Math.min(now, Date.parse(at))).toISOString() }),
    } as const;
    await intakes.record(intake, command, () => record.state.changes.some((one) => one.key === key));
    return { status: 202, body: { status: 'ok' } };
  }

  /** Who sends it, and the change; null: it is about nothing that changed. */
  async #read(request: IncomingRequest): Promise<readonly [intake: string, change: GivenChange | null]> {
    const { headers, body } = request;
    const { intakes, clock } = this.#context;
    if (headers['x-github-event'] !== undefined) {
      const bytes = await signedBody('github', request, this.#context);
      if (!['deployment', 'deployment_status'].includes(String(headers['x-github-event']))) return ['github', null];
      const change = githubChange(jsonBody(githubShape, bytes));
      // A request that somebody kept and sends again.
      const isOld = change?.at != null && Date.parse(change.at) < clock.wall() - REMEMBERED_MS;
      return ['github', isOld ? null : change];
    }
    const intake = intakes.nameOf(request);
    const event = headers['x-gitlab-event'];
    if (event === undefined) return [intake, ownChange(jsonBody(ownShape, await body()))];
    return [intake, event === 'Deployment Hook' ? gitlabChange(jsonBody(gitlabShape, await body())) : null];
  }

  /** A new incident is told of what changed shortly before. */
  handle(incident: string, { events }: Batch): void {
    if (events.some(({ kind }) => kind === 'declared')) this.#tell(incident);
  }

  apply(events: readonly HubEvent[]): void {
    if (events.some(({ kind }) => kind === 'change_reported')) this.start();
  }

  /** Tells all open incidents what they lack, also what a hub that was killed could not tell any more. */
  start(): void {
    for (const { id } of this.#context.rooms.open()) this.#tell(id);
  }

  close(): void {
    if (this.#again !== null) clearTimeout(this.#again);
  }

  #tell(incident: string): void {
    const { record, rooms, scheduler } = this.#context;
    const state = rooms.get(incident)?.state;
    if (state === undefined) return;
    for (const change of record.state.changes) {
      if (!concerns(change, state)) continue;
      const { what, by, link, at } = change;
      const command = { kind: 'mark_change', what, by, at, ...(link === undefined ? {} : { link }) } as const;
      // The key makes it once for each incident, however often it is tried.
      void scheduler.execute(incident, `change ${change.id}`, command, change.intake).then((isDone) => {
        if (isDone || this.#again !== null) return;
        this.#again = setTimeout(() => {
          this.#again = null;
          this.start();
        }, AGAIN_MS);
      });
    }
  }
}

const concerns = ({ at, recorded }: ReportedChange, { timestamps }: Incident): boolean => {
  const declared = Date.parse(timestamps.declaredAt ?? '');
  return Date.parse(recorded) >= declared || Date.parse(at) >= declared - REMEMBERED_MS;
};
