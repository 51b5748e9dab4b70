/** The deliveries of all records: hands them to the worker, tells consoles of them, and takes what people ask for. */
import { DeliveryWorker, type DeliveryCommand, type DeliveryRecord, type Recorded } from '../delivery/worker.ts';
import { deliveryOf, isMissing, type Delivery } from '../incident/deliveries.ts';
import { suggestion } from '../incident/fuzzy.ts';
import { HUB_STREAM } from '../incident/hub-record.ts';
import type { Incident } from '../incident/incident.ts';
import { DEFAULT_ROUTE, ESCALATION_LEVELS } from '../incident/paging.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { Status } from '../incident/vocabulary.ts';
import type { EventStore } from '../log/event-store.ts';
import { parseEvent } from '../log/record.ts';
import { personOf } from '../oncall/plan.ts';
import type { HubCommand } from '../protocol/command.ts';
import type { DeliveryView, FromHub } from '../protocol/messages.ts';
import type { LinkVia } from './acknowledge-links.ts';
import type { Connection } from './connection.ts';
import type { Stats } from './hub-options.ts';
import type { HubParts } from './hub-parts.ts';
import { submissionOf, entryAt, refused, type CommandResult, type Submission } from './submission.ts';
import type { Batch, Subscriber } from './subscribers.ts';

/** Told to consoles. */
const TOLD = 200;
/** Consoles are told of changes this often at most, ms. */
const TELL_MS = 250;
/** What a link in a message of this kind of receiver came through. */
const LINK_VIA: Readonly<Record<string, LinkVia>> = { smtp: 'email', ntfy: 'ntfy', slack: 'slack' };
/** Entries read at once, and the public updates that a receiver gets. */
const [READ, UPDATES] = [500, 200];
/** Longest a delivery command waits that the record does not take, ms. */
const AGAIN_MS = 1_000;

export class HubDeliveries implements Subscriber {
  readonly name = 'deliveries';
  readonly #context: HubParts;
  readonly #worker: DeliveryWorker;
  #telling: NodeJS.Timeout | null = null;

  constructor(context: HubParts) {
    this.#context = context;
    const { clock, receivers, oncall, onBug } = context;
    const { random, publicUrl = null } = context.options;
    this.#worker = new DeliveryWorker({
      now: () => clock.wall(),
      mono: () => clock.mono(),
      random,
      receivers,
      records: () => this.#records(),
      entry: (stream, seq) => entryAt(this.#storeOf(stream), stream, seq),
      updates: (stream) => this.#updates(stream),
      onCallSlackIds: (incident) => this.#onCallSlackIds(incident),
      execute: (stream, command, { client, n }) => this.#execute(stream, command, client, n),
      emailOf: (name) => (oncall.plan === null ? null : (personOf(oncall.plan, name)?.email ?? null)),
      publicUrl,
      acknowledgeUrl: (page, delivery, name) => this.#acknowledgeUrl(page, delivery, name),
      onBug,
    });
  }

  /** The hub has started, and takes up what was not settled before; or the receivers changed. */
  wake(): void {
    this.#worker.wake();
  }

  async close(): Promise<void> {
    if (this.#telling !== null) clearTimeout(this.#telling);
    await this.#worker.close();
  }

  handle(_stream: string, { events }: Pick<Batch, 'events'>): void {
    if (!events.some(({ kind }) => kind.startsWith('delivery_'))) return;
    this.#worker.wake();
    this.#telling ??= setTimeout(() => this.#tell(), TELL_MS);
  }

  /** For a console that just came in. */
  greet(connection: Pick<Connection, 'send'>): void {
    connection.send(this.#told());
  }

  /** Something is on its way out. */
  get isBusy(): boolean {
    return this.#records().some(({ deliveries }) => deliveries.open.length > 0);
  }

  counts(): Stats['deliveries'] {
    const counts = { waiting: 0, delivered: 0, failed: 0, in_doubt: 0, missing: 0 };
    const now = this.#context.clock.wall();
    for (const delivery of this.#views()) {
      counts[delivery.state]++;
      if (isMissing(delivery, now)) counts.missing++;
    }
    return counts;
  }

  /** `incident`: where to look for a delivery that is not in memory. */
  async execute(
    submission: Submission<Extract<HubCommand, { kind: 'test_delivery' | 'retry_delivery' | 'confirm_delivery' }>>,
    incident: string | null,
  ): Promise<CommandResult> {
    const { command } = submission;
    const { record, rooms, receivers } = this.#context;
    if (command.kind === 'test_delivery') {
      const names = receivers().map(({ name }) => name);
      if (!names.includes(command.receiver))
        return refused(
          'not_found',
          names.length === 0
            ? 'no receivers are configured: receivers.yaml says who is told outside'
            : `there is no receiver "${command.receiver}"${suggestion(command.receiver, names) || `; there are ${names.join(', ')}`}`,
        );
      const result = await record.execute({ ...submission, command });
      return 'refused' in result ? result : { said: `a test for ${command.receiver} is on its way` };
    }
    const { id } = command;
    const isIn = ({ deliveries }: { readonly deliveries: Incident['deliveries'] }): boolean =>
      deliveryOf(deliveries, id) !== undefined;
    const room = isIn(record.state)
      ? record
      : (rooms.inMemory().find(({ state }) => isIn(state)) ??
        (incident === null ? undefined : await rooms.load(incident)));
    if (room === undefined) return refused('not_found', `there is no delivery ${id}`);
    const result = await room.execute({ ...submission, command });
    if ('refused' in result) return result;
    return { said: `${id} ${command.kind === 'retry_delivery' ? 'is on its way again' : 'counts as delivered'}` };
  }

  #records(): readonly DeliveryRecord[] {
    const { rooms, record } = this.#context;
    return [
      { stream: HUB_STREAM, deliveries: record.state.deliveries, incident: null },
      ...rooms.inMemory().map(({ id, state }) => ({ stream: id, deliveries: state.deliveries, incident: state })),
    ];
  }

  #views(): readonly DeliveryView[] {
    return this.#records().flatMap(({ deliveries: { open, settled }, incident }) =>
      [...open, ...settled].map((one) => ({ ...one, incident: incident?.id ?? null })),
    );
  }

  #told(): Extract<FromHub, { type: 'deliveries' }> {
    const rank = ({ state }: DeliveryView): number => (state === 'delivered' ? 1 : 0);
    const all = this.#views().toSorted((a, b) => rank(a) - rank(b) || (a.at < b.at ? 1 : -1));
    return { type: 'deliveries', deliveries: all.slice(0, TOLD), more: Math.max(0, all.length - TOLD) };
  }

  #tell(): void {
    this.#telling = null;
    const { connections } = this.#context;
    connections.tell(this.#told(), connections.sessions);
  }

  #storeOf(stream: string): Pick<EventStore<never, never>, 'read'> {
    return stream === HUB_STREAM ? this.#context.hubStore : this.#context.store;
  }

  /** Read from the whole record, but only for a receiver that asks. */
  async #updates(stream: string): Promise<readonly { event: AnyEvent; status: Status }[]> {
    const found: { event: AnyEvent; status: Status }[] = [];
    let status: Status = 'declared';
    for (let after = 0; ; after += READ) {
      const texts = await this.#storeOf(stream).read(stream, after, READ);
      for (const [index, text] of texts.entries()) {
        if (!/"(?:public_updated|status_set)"/.test(text)) continue;
        const event = parseEvent(text, stream, after + 1 + index);
        if (event?.kind === 'status_set') status = event.data.to;
        if (event?.visibility === 'public') found.push({ event, status });
      }
      if (texts.length < READ) return found.toReversed().slice(0, UPDATES);
    }
  }

  #acknowledgeUrl({ id, incident }: AnyEvent, { receiver, level, alert }: Delivery, name: string): string | null {
    const { links, receivers, clock } = this.#context;
    const kind = receivers().find((one) => one.name === receiver)?.kindName ?? '';
    const via = LINK_VIA[kind] ?? 'link';
    const where = { incident: incident === HUB_STREAM ? null : incident, alert: alert?.name ?? null };
    return level === undefined ? null : links.url({ page: id, ...where, level, name, via }, clock.wall());
  }

  #onCallSlackIds(incident: Incident | null): readonly string[] {
    const { oncall, clock } = this.#context;
    const { plan } = oncall;
    if (plan === null) return [];
    const onCall = oncall.route(incident?.paging?.route ?? DEFAULT_ROUTE, clock.wall());
    return ESCALATION_LEVELS.flatMap((level) => {
      const name = level === 'L4' ? null : onCall[level];
      return (name === null ? null : personOf(plan, name)?.slack) ?? [];
    });
  }

  async #execute(stream: string, command: DeliveryCommand, client: string, n: number): Promise<Recorded> {
    const { rooms, record } = this.#context;
    const submission = submissionOf(this.#context, stream, command, { client, n, name: 'hub', via: 'hub' });
    const result = await (stream === HUB_STREAM ? record.execute(submission) : rooms.execute(stream, submission)).catch(
      (error: unknown) => refused('read_only', String(error), AGAIN_MS),
    );
    if (!('refused' in result)) return { refused: null };
    const { reason, retryAfter } = result;
    return { refused: reason, ...(retryAfter !== undefined && { retryAfter }) };
  }
}
