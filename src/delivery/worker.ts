/**
 * Sends what the records request: one message at a time per receiver, in the order of each record. Everything it has to
 * know after a restart is in the records.
 */
import { randomUUID } from 'node:crypto';
import type { Deliveries, Delivery } from '../incident/deliveries.ts';
import type { HubRecordCommand } from '../incident/hub-record.ts';
import { isEnded, type Incident } from '../incident/incident.ts';
import { isWorse } from '../incident/severity.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { Status } from '../incident/vocabulary.ts';
import { retryDelay, tooOld } from './backoff.ts';
import { deliveryMessage, type MessageContext } from './message.ts';
import { choose, type NextDelivery } from './order.ts';
import type { Message, Outcome, Receiver, SendContext } from './receiver.ts';

/** An incident, or the hub's own record. */
export interface DeliveryRecord {
  readonly stream: string;
  readonly deliveries: Deliveries;
  readonly incident: Incident | null;
}
export type DeliveryCommand = Extract<
  HubRecordCommand,
  { kind: 'begin_delivery' | 'record_delivered' | 'record_failure' | 'record_doubt' }
>;
/** `retryAfter`, ms: it can be recorded later. */
export interface Recorded {
  readonly refused: string | null;
  readonly retryAfter?: number;
}

interface WorkerContext extends MessageContext {
  readonly now: () => number;
  readonly mono: () => number;
  readonly random: () => number;
  readonly receivers: () => readonly Receiver[];
  readonly records: () => readonly DeliveryRecord[];
  readonly entry: (stream: string, seq: number) => Promise<AnyEvent | undefined>;
  /** The public updates of an incident, the newest first, each with the status of the incident then. */
  readonly updates: (stream: string) => Promise<readonly { readonly event: AnyEvent; readonly status: Status }[]>;
  readonly onCallSlackIds: (incident: Incident | null) => readonly string[];
  readonly execute: (
    stream: string,
    command: DeliveryCommand,
    origin: { client: string; n: number },
  ) => Promise<Recorded>;
  readonly onBug: (error: unknown) => void;
}

/** Timers are bounded because the wall clock may be set, ms. */
const LONGEST_SLEEP_MS = 30_000;
/** Before a delivery that could not be recorded is tried again, ms. */
const PAUSE_MS = 2_000;
/** How long the end of the hub waits for answers, and then for them to be recorded, ms. */
const [ANSWERS_MS, RECORDED_MS] = [1_500, 1_000];

export class DeliveryWorker {
  readonly #context: WorkerContext;
  readonly #client = `deliveries ${randomUUID()}`;
  readonly #ended = new AbortController();
  #isClosing = false;
  /** By receiver: the delivery that is being sent. */
  readonly #running = new Map<string, { readonly id: string; readonly done: Promise<void> }>();
  /**
   * Tried since the start: when each is due by the monotonic clock, because the wall clock may be set back, and whether its
   * receiver asked for the delay. Others are due at once, whatever an earlier hub planned.
   */
  readonly #tried = new Map<string, { readonly dueAt: number; readonly isAsked: boolean }>();
  /** By receiver: nothing is begun before then (monotonic), because the record could not be written. */
  readonly #pausedUntil = new Map<string, number>();
  #commands = 0;
  #timer: NodeJS.Timeout | null = null;
  #isAwake = false;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** Looks for what is due, after the current turn. */
  wake(): void {
    if (this.#isAwake || this.#isClosing) return;
    this.#isAwake = true;
    setImmediate(() => {
      this.#isAwake = false;
      try {
        this.#look();
      } catch (error) {
        this.#context.onBug(error);
      }
    });
  }

  /** Begins nothing more, and waits for what is being sent and its record: what is cut off is in doubt. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#settledWithin(ANSWERS_MS);
    this.#ended.abort();
    await this.#settledWithin(RECORDED_MS);
  }

  async #settledWithin(ms: number): Promise<void> {
    const done = Promise.all([...this.#running.values()].map((one) => one.done));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([done, new Promise((resolve) => (timer = setTimeout(resolve, ms)))]);
    clearTimeout(timer);
  }

  #look(): void {
    if (this.#isClosing) return;
    const { now, mono, receivers, records } = this.#context;
    const [at, since] = [now(), mono()];
    const known = new Map(receivers().map((receiver) => [receiver.name, receiver]));
    const dueInMs = ({ id, receiver, retryAt }: Delivery): number =>
      retryAt === undefined || !known.has(receiver)
        ? 0
        : Math.min(Date.parse(retryAt) - at, (this.#tried.get(id)?.dueAt ?? since) - since);
    const { due, nextInMs } = choose(records(), {
      dueInMs,
      isBusy: (name) => this.#running.has(name) || (this.#pausedUntil.get(name) ?? 0) > since,
      resolvesAll: (name) => known.get(name)?.kind.resolvesAll === true,
    });
    for (const choice of due) this.#start(choice, known.get(choice.delivery.receiver));
    const paused = [...this.#pausedUntil.values()].map((until) => until - since).filter((ms) => ms > 0);
    this.#wakeIn(Math.min(nextInMs, ...paused));
  }

  #wakeIn(ms: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (ms === Infinity) return;
    this.#timer = setTimeout(() => this.wake(), Math.min(LONGEST_SLEEP_MS, Math.max(1, ms)));
  }

  #start(choice: NextDelivery<DeliveryRecord>, receiver: Receiver | undefined): void {
    const { delivery } = choice;
    const done = this.#deliver(choice, receiver)
      .catch((error: unknown) => {
        this.#pause(delivery.receiver, PAUSE_MS);
        this.#context.onBug(error);
      })
      .finally(() => {
        this.#running.delete(delivery.receiver);
        this.wake();
      });
    this.#running.set(delivery.receiver, { id: delivery.id, done });
  }

  async #deliver(
    { record, delivery, overtaken }: NextDelivery<DeliveryRecord>,
    receiver: Receiver | undefined,
  ): Promise<void> {
    const { stream } = record;
    const { now, mono, entry } = this.#context;
    const { id } = delivery;
    const pointless = (id: string, error: string): Promise<void> =>
      this.#record(stream, { kind: 'record_failure', id, error, overtaken: true });
    for (const one of overtaken) await pointless(one.id, 'overtaken: it is over');
    const giveUp = (error: string): Promise<void> => this.#record(stream, { kind: 'record_failure', id, error });
    if (receiver === undefined) return giveUp(`receivers.yaml has no receiver ${delivery.receiver} any more`);
    const isRepeatable = receiver.kind.repeatable?.(receiver.settings) ?? true;
    const mayRepeat = isRepeatable || delivery.kind === 'page';
    if (delivery.isSent) {
      // The hub ended in between: nobody knows whether it arrived.
      const retryAt = mayRepeat ? { retryAt: new Date(now()).toISOString() } : {};
      const error = 'the hub ended while it was being sent';
      return this.#record(stream, { kind: 'record_doubt', id, error, ...retryAt });
    }
    const old = tooOld(delivery, now());
    if (old !== null) return giveUp(old);
    if (record.incident?.annotations[delivery.about]?.retracted) return pointless(id, 'the entry was retracted');
    const about = await entry(stream, delivery.about);
    if (about === undefined) return giveUp(`entry #${delivery.about} cannot be read`);
    const attempt = delivery.attempts + 1;
    const begun = await this.#execute(stream, { kind: 'begin_delivery', id, attempt });
    if (begun.refused !== null) return this.#pause(delivery.receiver, begun.retryAfter ?? PAUSE_MS);
    const message = deliveryMessage(delivery, about, record.incident, this.#context);
    const outcome = await this.#send(receiver, message, record, delivery);
    const result = this.#result(outcome, { ...delivery, attempts: attempt }, { isRepeatable, mayRepeat });
    const retryAt = 'retryAt' in result ? result.retryAt : undefined;
    const isAsked = outcome.state === 'retry' && outcome.afterMs !== undefined;
    if (retryAt !== undefined) this.#tried.set(id, { dueAt: mono() + Date.parse(retryAt) - now(), isAsked });
    if (outcome.state === 'delivered') this.#hurry(receiver.name);
    await this.#record(stream, result);
  }

  /** A receiver that takes messages again gets what waits in the other records without the rest of its delays. */
  #hurry(receiver: string): void {
    const open = this.#context.records().flatMap(({ deliveries }) => deliveries.open);
    for (const one of open)
      if (one.receiver === receiver && this.#tried.get(one.id)?.isAsked === false) this.#tried.delete(one.id);
  }

  async #send(receiver: Receiver, message: Message, record: DeliveryRecord, { about }: Delivery): Promise<Outcome> {
    const { now, records, onCallSlackIds, onBug } = this.#context;
    const { deliveries, incident, stream } = record;
    const context: SendContext = {
      signal: this.#ended.signal,
      now: now(),
      refs: deliveries.refs[receiver.name] ?? {},
      onCallSlackIds: onCallSlackIds(incident),
      updates: () => this.#updates(receiver, record, (seq) => (seq === about ? message : null)),
      otherUpdates: () => {
        const others = records().filter((one) => one.stream !== stream && isPublic(one.incident, receiver));
        return Promise.all(others.map((one) => this.#updates(receiver, one, () => null)));
      },
    };
    try {
      return await receiver.kind.send(receiver.settings, message, context);
    } catch (error) {
      onBug(error);
      return { state: 'in_doubt', error: 'a fault of warroom while it was being sent' };
    }
  }

  /** The public updates of a record as messages; `known` has those that are made already. */
  async #updates(
    receiver: Receiver,
    { stream, incident }: DeliveryRecord,
    known: (seq: number) => Message | null,
  ): Promise<readonly Message[]> {
    const severity = incident?.severity ?? 'SEV-3';
    return (await this.#context.updates(stream)).map(({ event, status }) => {
      const request = { receiver: receiver.name, kind: 'update', about: event.seq, severity, status } as const;
      const sent = { state: 'delivered', attempts: 1, sentAt: null, settledAt: null, at: event.recorded } as const;
      const made = (): Message =>
        deliveryMessage({ ...request, ...sent, id: event.id }, event, incident, this.#context);
      return known(event.seq) ?? made();
    });
  }

  #result(
    outcome: Outcome,
    { id, attempts, isRepeated }: Delivery,
    { isRepeatable, mayRepeat }: { readonly isRepeatable: boolean; readonly mayRepeat: boolean },
  ): DeliveryCommand {
    const { now, random } = this.#context;
    const again = (askedMs?: number) => ({
      retryAt: new Date(now() + retryDelay(attempts, askedMs, random())).toISOString(),
    });
    switch (outcome.state) {
      case 'delivered': {
        const { refs } = outcome;
        const notes = [outcome.note, isRepeated && !isRepeatable ? 'sent at least once' : undefined];
        const note = notes.filter((one) => one !== undefined).join('; ');
        return { kind: 'record_delivered', id, ...(refs && { refs }), ...(note !== '' && { note }) };
      }
      case 'retry':
        return { kind: 'record_failure', id, error: outcome.error, ...again(outcome.afterMs) };
      case 'in_doubt':
        return { kind: 'record_doubt', id, error: outcome.error, ...(mayRepeat && again()) };
      case 'failed':
        return { kind: 'record_failure', id, error: outcome.error };
      default:
        return outcome satisfies never;
    }
  }

  /** Waits until it is recorded: what is known of a delivery must not be lost. */
  async #record(stream: string, command: DeliveryCommand): Promise<void> {
    for (;;) {
      const { refused, retryAfter } = await this.#execute(stream, command);
      if (refused === null && !('retryAt' in command)) this.#tried.delete(command.id);
      if (refused === null || this.#ended.signal.aborted) return;
      if (retryAfter === undefined) throw new Error(`${command.kind} ${command.id} was refused: ${refused}`);
      await new Promise((resolve) => setTimeout(resolve, retryAfter).unref());
    }
  }

  #execute(stream: string, command: DeliveryCommand): Promise<Recorded> {
    return this.#context.execute(stream, command, { client: this.#client, n: ++this.#commands });
  }

  #pause(receiver: string, ms: number): void {
    this.#pausedUntil.set(receiver, this.#context.mono() + ms);
  }
}

/** Whether the public was told of an incident that goes on, and `receiver` with it. */
const isPublic = (incident: Incident | null, { min, drills }: Receiver): boolean =>
  incident !== null &&
  incident.lastPublic !== null &&
  !isEnded(incident) &&
  !isWorse(min, incident.peakSeverity) &&
  (drills || !incident.drill);
