/** The messages between hub and console, both directions. JSON text frames; `validate.ts` reads them from outside. */
import type { RefusalCode } from '../incident/decision.ts';
import type { Event } from '../incident/event.ts';
import type { Instant, Status } from '../incident/vocabulary.ts';
import type { Incident } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import type { Severity } from '../incident/severity.ts';
import type { ConsoleCommand } from './command.ts';
import type { Reading } from './reading.ts';

/** The versions of the protocol that are spoken here. New kinds, types and optional fields do not raise them (docs/protocol.md). */
export interface Versions {
  readonly min: number;
  readonly max: number;
}
export const PROTOCOL: Versions = { min: 3, max: 4 };
/** What a console asks of its hub: from version 4 on the hub proves that it knows the token, which is not sent. */
export const DEMANDED: Versions = { min: 4, max: PROTOCOL.max };

/** The newest version that both speak; null: none. */
export function agreed(a: Versions, b: Versions): number | null {
  const version = Math.min(a.max, b.max);
  return version < Math.max(a.min, b.min) ? null : version;
}

/** Why hub and console cannot talk, and which of them to upgrade; at most 123 bytes, the longest reason of a close. */
export function versionsDiffer(hub: Versions, console: Versions): string {
  const range = ({ min, max }: Versions): string => (min === max ? `version ${min}` : `versions ${min} to ${max}`);
  const old = hub.max < console.min ? 'hub' : 'console';
  return `the hub speaks ${range(hub)}, this console ${range(console)}: upgrade warroom where the ${old} runs`;
}

export interface IncidentSummary {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly status: Status;
  readonly drill: boolean;
  readonly declaredAt: Instant;
  readonly lead: string | null;
  readonly head: number;
}
export interface Person {
  readonly name: string;
  /** How many consoles they have open here. */
  readonly consoles: number;
  readonly observer: boolean;
  /** The incident they look at. */
  readonly incident: string | null;
  /** Since when they are connected. */
  readonly since: Instant;
  /** They are writing an entry. */
  readonly typing?: true;
}
export interface Away {
  readonly name: string;
  readonly since: Instant;
}
export interface TargetInfo {
  readonly name: string;
  readonly kind: string;
  readonly intervalMs: number;
}
/** An alert that waits or fires, as the hub's rules see it now. */
export interface AlertView {
  /** The same for the same rule and labels, always. */
  readonly alert: string;
  readonly rule: string;
  /** `no_data` fires because nothing is known. */
  readonly state: 'pending' | 'firing' | 'no_data';
  readonly severity: Severity;
  /** One line, safe to draw. */
  readonly summary: string;
  /** When the condition began to hold. */
  readonly since: Instant;
  readonly runbook: string | null;
  readonly labels: Readonly<Record<string, string>>;
  /** The incident it belongs to and that is being worked on; null: none, so that it proposes one. */
  readonly incident: string | null;
  /** Somebody asked for quiet until then. */
  readonly silencedUntil?: Instant;
  /** The rule whose alert is the cause of this one. */
  readonly inhibited?: string;
  /** It comes and goes: told once in ten minutes. */
  readonly flapping?: true;
  /** Nothing is known at present; this is what was last known. */
  readonly unknown?: true;
  /** The condition no longer holds; it ends when that lasts. */
  readonly ending?: true;
  /** Somebody is on it, and is taken to be until then: it asks nobody else. */
  readonly acked?: { readonly by: string; readonly at: Instant; readonly until: Instant };
}
export interface SilenceView {
  readonly id: string;
  /** `{target="cache", severity=~"SEV-[23]"}` */
  readonly matcher: string;
  readonly by: string;
  readonly why: string;
  readonly until: Instant;
}

/** Console to hub. */
export type ToHub =
  /** First, within 5 s. `client` is this console's stable identity; it goes with every command's n. */
  | {
      readonly type: 'hello';
      /** The oldest version it speaks; all that hubs of the first versions look at. */
      readonly version: number;
      /** The range of versions it speaks; `version` alone when they are absent. */
      readonly min?: number;
      readonly max?: number;
      /** Consoles up to version 3 send the token itself. */
      readonly token?: string;
      /** Names the token's hash, and asks for a `challenge` (`handshake.ts`). */
      readonly auth?: { readonly key: string; readonly nonce: string };
      readonly name: string;
      readonly client: string;
      readonly via: 'console' | 'cli';
      /** Wants readings and presence (a one-shot command does not). */
      readonly live: boolean;
    }
  /** Answers `challenge`: this console knows the token as well. */
  | { readonly type: 'proof'; readonly proof: string }
  /** Send me this incident from after `after`; with an epoch, only if it is still that history. */
  | {
      readonly type: 'follow';
      readonly incident: string;
      readonly epoch: string | null;
      readonly after: number;
      /** The id of entry `after` as this console holds it: another one there means another past. */
      readonly last?: string;
      /** What became of an entry it reads from the entries that follow, so that the state need not say it of every one. */
      readonly corrects?: true;
    }
  | { readonly type: 'unfollow' }
  /** An entry is being written, said again every few seconds while it is; or it is not any more. */
  | { readonly type: 'typing'; readonly on: boolean }
  /** Older entries than the snapshot's tail: those with seq in [from, to]. */
  | { readonly type: 'page'; readonly incident: string; readonly from: number; readonly to: number }
  | {
      readonly type: 'command';
      readonly n: number;
      readonly id: string;
      /** Null only for `declare`. */
      readonly incident: string | null;
      readonly command: ConsoleCommand;
      /** When it was typed, by the hub's clock; it counts where the command carries no time of its own. */
      readonly typedAt?: Instant;
    }
  | { readonly type: 'pong'; readonly t: number };

export type NackCode =
  RefusalCode | 'id_reused' | 'rate_limited' | 'read_only' | 'disk_low' | 'observer' | 'overloaded';

/** Hub to console. */
export type FromHub =
  /** Answers a hello with `auth`: the hub knows the token. A console that finds the proof wrong says nothing more. */
  | {
      readonly type: 'challenge';
      readonly version: number;
      readonly min: number;
      readonly max: number;
      readonly nonce: string;
      readonly proof: string;
    }
  | {
      readonly type: 'welcome';
      /** The version both speak from here on. */
      readonly version: number;
      /** The range the hub speaks. */
      readonly min?: number;
      readonly max?: number;
      readonly you: { readonly name: string; readonly observer: boolean };
      readonly hub: { readonly id: string; readonly pid: number; readonly startedAt: Instant };
      /** Hub clock, ms since 1970. */
      readonly now: number;
      readonly policy: Policy;
      readonly incidents: readonly IncidentSummary[];
      readonly targets: readonly TargetInfo[];
      readonly readOnly: string | null;
      /** Records of incidents that are over, damaged and not served; left out when there are none. */
      readonly damaged?: readonly { readonly incident: string; readonly reason: string }[];
    }
  /** The answer to `follow`: what comes next and why. `reset`: forget what you had (another epoch, or too far behind). */
  | {
      readonly type: 'following';
      readonly incident: string;
      readonly epoch: string;
      readonly head: number;
      readonly mode: 'resume' | 'reset';
      /** What the console holds is no part of this record: an older copy of it was put back, or it is another one. */
      readonly wentBack?: true;
      /** With `reset`: the incident as of `seq`. Events from `tailFrom` up to there follow for reading; they are folded in. */
      readonly snapshot: { readonly seq: number; readonly state: Incident; readonly tailFrom: number } | null;
    }
  /**
   * In seq order, without gaps, live or catching up. On the wire as `incident/event-codec.ts` has it, beside the `seq` of the
   * first. `page` answers a page request and must not be folded. */
  | {
      readonly type: 'events';
      readonly incident: string;
      readonly events: readonly Event[];
      readonly page?: true;
    }
  | {
      readonly type: 'ack';
      readonly n: number;
      readonly id: string;
      readonly incident: string;
      readonly seq: number;
      readonly at: Instant;
      readonly dup?: true;
    }
  /** The command is done and durable, and no incident was open whose record could say so. */
  | { readonly type: 'done'; readonly n: number; readonly id: string; readonly said: string }
  | {
      readonly type: 'nack';
      readonly n: number;
      readonly id: string;
      readonly code: NackCode;
      readonly reason: string;
      /** Milliseconds; set when the same command may be sent again later. */
      readonly retryAfter?: number;
    }
  /** `now`: the hub's clock when it was sent, ms since 1970, by which the readings' `at` is to be understood. */
  | { readonly type: 'readings'; readonly now: number; readonly readings: readonly Reading[] }
  | {
      readonly type: 'presence';
      readonly people: readonly Person[];
      /** Who commands an open incident and has no connection, and since when. */
      readonly away?: readonly Away[];
    }
  /** With the welcome and after each change: worst first, at most 200 of `total`. */
  | {
      readonly type: 'alerts';
      readonly alerts: readonly AlertView[];
      readonly total: number;
      readonly silences: readonly SilenceView[];
      /** Rules that cannot be evaluated: what they watch is not watched. */
      readonly faults: readonly { readonly rule: string; readonly message: string }[];
    }
  /** The configuration was read again. */
  | { readonly type: 'settings'; readonly policy: Policy; readonly targets: readonly TargetInfo[] }
  | { readonly type: 'incidents'; readonly incidents: readonly IncidentSummary[] }
  /** Every 2 s. `head` closes the last gap: a console that missed an entry sees so here. */
  | { readonly type: 'ping'; readonly t: number; readonly now: number; readonly head: number | null }
  /** The hub can write no more: why. Null: it can again. */
  | { readonly type: 'read_only'; readonly reason: string | null }
  /** A question that has no answer. `incident`: it cannot be followed. */
  | { readonly type: 'fault'; readonly reason: string; readonly incident?: string };

/** Why the hub closed a connection; `retry` false: coming back the same way is of no use. */
export const CLOSE = {
  going: { code: 1001, retry: true, reason: 'the hub is going down' },
  malformed: { code: 4400, retry: false, reason: 'that was no message of this protocol' },
  unauthorized: { code: 4401, retry: false, reason: 'the token is unknown, expired or revoked' },
  forbidden: { code: 4403, retry: false, reason: 'this token may not do that' },
  version: { code: 4406, retry: false, reason: 'hub and console speak different versions' },
  silent: { code: 4408, retry: true, reason: 'no hello, or no answer to pings' },
  slow: { code: 4008, retry: true, reason: 'too slow to keep up; resume from where you were' },
  crowded: { code: 4429, retry: true, reason: 'too many connections from this person or address' },
} as const;
