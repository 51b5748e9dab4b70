/** The words every event and command is made of: times, roles, statuses, levels; and the envelope around an event. */

/** A moment: ISO 8601 in UTC with milliseconds, as it stands on the wire and on disk. */
export type Instant = string;

export const ROLES = ['ic', 'scribe', 'comms', 'ops', 'deputy'] as const;
export type Role = (typeof ROLES)[number];
/** As it is written in entries: `IC`, `SCRIBE`. */
export const roleName = (role: Role): string => role.toUpperCase();

/** The capacity in which somebody acted. `lead` acknowledged an incident that has no IC. */
export type Capacity = Role | 'lead' | 'responder' | 'observer' | 'system';

export const STATUSES = [
  'declared',
  'investigating',
  'identified',
  'monitoring',
  'resolved',
  'closed',
  'cancelled',
  'merged',
] as const;
export type Status = (typeof STATUSES)[number];

export const NOTE_FORMS = ['note', 'finding', 'hypothesis', 'decision', 'question', 'action'] as const;
export type NoteForm = (typeof NOTE_FORMS)[number];

export const LEVELS = ['key', 'normal', 'system'] as const;
/** How much an entry matters. The screen hides `system` by default. */
export type Level = (typeof LEVELS)[number];

/** Where an event came from: a full-screen console, the command line, the hub's own timers, a probe, … */
export type Via = 'console' | 'cli' | 'hub' | 'probe' | 'webhook' | 'runbook' | 'import';

/** The deadlines a severity starts, as absolute times, so that they survive restarts. Null: none. */
export interface Deadlines {
  readonly ackDueAt: Instant | null;
  readonly responseDueAt: Instant | null;
  readonly updateDueAt: Instant | null;
}

/** What every event carries besides its kind and its data. */
export interface Envelope {
  /** ULID made by whoever asked: the idempotency key, known before the event is durable. */
  readonly id: string;
  readonly incident: string;
  /** The place in the record: 1, 2, 3, … without gaps. The only order there is. */
  readonly seq: number;
  /** When it happened; may be claimed by the writer. */
  readonly at: Instant;
  /** When the hub recorded it. Never decreases within an incident. */
  readonly recorded: Instant;
  readonly by: { readonly name: string; readonly role: Capacity };
  readonly via: Via;
  readonly level: Level;
  readonly visibility: 'internal' | 'public';
  /** The entry this one is about (amend, retract, pin, reply). */
  readonly ref?: number;
}
