/** A message to the outside, and what a receiver is. */
import type { MessageKind, Routing } from '../incident/deliveries.ts';
import type { Severity } from '../incident/severity.ts';
import type { Instant, Status } from '../incident/vocabulary.ts';
import type { PublicState } from '../incident/public-words.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';

/** The words are a stranger's to the receiver: each escapes and shortens them as its format demands. */
export interface Message {
  /** The idempotency key: the id of the event that requested the delivery. */
  readonly id: string;
  readonly kind: MessageKind;
  /** Begins with "DRILL: " and ends with "(repeated)" where it is so; that of an update is never changed. */
  readonly text: string;
  readonly at: Instant;
  /** Who wrote or did it. */
  readonly by: string;
  /** Null: about an alert that belongs to no incident, or a test. Severity and status are those at the time of the event. */
  readonly incident: {
    readonly id: string;
    readonly title: string;
    readonly severity: Severity;
    readonly status: Status;
    readonly drill: boolean;
    readonly declaredAt: Instant;
    /** When the impact began, as far as known. */
    readonly startedAt: Instant;
  } | null;
  /** The alert it is about, and since when it fires. */
  readonly alert: { readonly name: string; readonly severity: Severity; readonly since: Instant } | null;
  /** Who is called, for `page`. */
  readonly page: {
    readonly level: string;
    readonly name: string;
    readonly email: string | null;
    /** Opens a page with a button that acknowledges; null: this hub has no address for people outside. */
    readonly acknowledgeUrl: string | null;
  } | null;
  /** What the public is told, for `update`: `text` is the exact wording that a person confirmed. */
  readonly update: {
    readonly state: PublicState;
    readonly component: string | null;
    readonly impact: string | null;
    readonly nextUpdateAt: Instant | null;
  } | null;
  /** Where people find it; null: this hub has no address for people outside. */
  readonly url: string | null;
  /** An earlier attempt may have arrived; true until one is known to have, whatever became of those in between. */
  readonly again: boolean;
}

export interface SendContext {
  /** Aborted when the hub ends. Each receiver bounds its own time on top. */
  readonly signal: AbortSignal;
  readonly now: number;
  /** What earlier deliveries of the same incident to this receiver left (`Delivered.refs`), such as the id of a channel. */
  readonly refs: Readonly<Record<string, string>>;
  /** Ids of the people on call (`slack:` in oncall.yaml). */
  readonly onCallSlackIds: readonly string[];
  /** The public updates of the incident, the newest first, `message` included; for receivers that show all of them. */
  readonly updates: () => Promise<readonly Message[]>;
  /** Those of each other incident that goes on, as far as the receiver is told of it. Their records are read for it. */
  readonly otherUpdates: () => Promise<readonly (readonly Message[])[]>;
}

/** Errors are shown and recorded: they never hold a secret, and say what to do. */
export type Outcome =
  | { readonly state: 'delivered'; readonly refs?: Readonly<Record<string, string>>; readonly note?: string }
  /** Nothing arrived: again later, not before `afterMs` if the receiver says so. */
  | { readonly state: 'retry'; readonly error: string; readonly afterMs?: number }
  /** It may have arrived: the connection was lost after the request had left. */
  | { readonly state: 'in_doubt'; readonly error: string }
  /** It will never be taken. */
  | { readonly state: 'failed'; readonly error: string };

/** It was not delivered, or nobody knows. */
export type Undelivered = Exclude<Outcome, { state: 'delivered' }>;

/** A kind of receiver: one file in `receivers/`, one line in their index. */
export interface ReceiverKind<Settings = unknown> {
  /** Reads its own keys (besides name, kind, events, min, routes, drills, zone) and names every fault; called with all of them. */
  read(settings: SettingsReader): Settings;
  /** What it takes where `events` says nothing. */
  readonly events: readonly MessageKind[];
  /** All that `events` may name, and what is said of anything else; absent: whatever there is. */
  readonly takes?: { readonly kinds: readonly MessageKind[]; readonly words: string };
  /**
   * Whether a message in doubt may be sent again, with `again`: the receiver recognises its id, or `send` looks it up first.
   * Otherwise only pages are sent again, marked as repeated. Absent: always.
   */
  repeatable?(settings: Settings): boolean;
  /** What waits before a `resolved` of the same incident or alert need not be sent any more: it would open it again. */
  readonly resolvesAll?: true;
  /** Never rejects for what the outside does. */
  send(settings: Settings, message: Message, context: SendContext): Promise<Outcome>;
}

/** One receiver, as receivers.yaml has it. */
export interface Receiver extends Routing {
  /** Its week ends Monday 09:00 there; UTC. */
  readonly zone?: string;
  readonly kindName: string;
  readonly kind: ReceiverKind;
  readonly settings: unknown;
}

/** Thrown on the way of a message, in place of the outcome of `send`. */
export class NotDelivered extends Error {
  readonly outcome: Undelivered;
  /** The receiver's own word for the reason, where it has one. */
  readonly code: string | undefined;

  constructor(outcome: Undelivered, code?: string) {
    super(outcome.error);
    this.outcome = outcome;
    this.code = code;
  }
}

/** `kind`, with the type of the settings that it reads; its `send` may reject with NotDelivered. */
export const receiverKind = <Settings>(kind: ReceiverKind<Settings>): ReceiverKind<Settings> => ({
  ...kind,
  send: (settings, message, context) =>
    kind.send(settings, message, context).catch((error: unknown) => {
      if (error instanceof NotDelivered) return error.outcome;
      throw error;
    }),
});

/** Of what the message is about; the mildest for a test. */
export const severityOf = ({ incident, alert }: Message): Severity => incident?.severity ?? alert?.severity ?? 'SEV-3';
