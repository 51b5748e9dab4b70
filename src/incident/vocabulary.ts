/** Terms of events and commands, and the envelope of an event. */

/** ISO 8601 in UTC with milliseconds. */
export type Instant = string;

export const ROLES = ['ic', 'scribe', 'comms', 'ops', 'deputy'] as const;
export type Role = (typeof ROLES)[number];
export const roleName = (role: Role): string => role.toUpperCase();

/** `lead`: acknowledged an incident without IC. */
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
/** Importance; the screen hides `system` by default. */
export type Level = (typeof LEVELS)[number];

/** Where people act. Outside: a system that says who it was, or a link in a message, which is known to be theirs. */
export const PEOPLE_VIA = ['console', 'cli', 'slack', 'pagerduty', 'email', 'ntfy', 'link'] as const;
export type Via = (typeof PEOPLE_VIA)[number] | 'hub' | 'probe' | 'webhook' | 'runbook' | 'import';

/** What an acknowledgement came through, to follow `acknowledged`; nothing for consoles and shells. */
export const throughWhat = (via: Via): string => THROUGH[via] ?? '';
const THROUGH: Partial<Record<Via, string>> = {
  pagerduty: ' in PagerDuty',
  slack: ' by Slack link',
  email: ' by e-mail link',
  ntfy: ' by ntfy link',
  link: ' by link',
};

export interface Envelope {
  /** ULID made by the sender; the idempotency key. */
  readonly id: string;
  readonly incident: string;
  /** 1, 2, 3, … without gaps; the only order. */
  readonly seq: number;
  /** When it happened, as claimed by the writer. */
  readonly at: Instant;
  /** When the hub recorded it; never decreases. */
  readonly recorded: Instant;
  readonly by: { readonly name: string; readonly role: Capacity };
  readonly via: Via;
  readonly level: Level;
  readonly visibility: 'internal' | 'public';
  /** The entry it is about (amend, retract, pin, reply). */
  readonly ref?: number;
}
