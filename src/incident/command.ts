/** What somebody asks for. A command is a wish; `decide` answers it with events or a refusal. */
import type { Instant, NoteForm, Role, Status } from './vocabulary.ts';
import type { Severity } from './severity.ts';

/**
 * Where a field is named `seen` it carries what the asker saw: if it is not so any more,
 * the answer is a `conflict` that says who was faster (compare-and-set).
 */
export type Command =
  | {
      readonly kind: 'declare';
      readonly title: string;
      readonly severity: Severity;
      readonly drill?: boolean;
      readonly at?: Instant;
      readonly alert?: string;
      readonly runbook?: string;
      /** Why this severity: of use where the impact suggests another. */
      readonly why?: string;
    }
  /** With an alert it is asked of the hub, and stands in the record of the incident that alert belongs to, if any. */
  | { readonly kind: 'acknowledge'; readonly alert?: string }
  | {
      readonly kind: 'note';
      readonly text: string;
      readonly form?: NoteForm;
      readonly at?: Instant;
      readonly to?: string;
      readonly due?: Instant;
      /** The entry this one answers. */
      readonly re?: number;
      /** It settles that entry: the action is done, the hypothesis decided. A reply to a question always does. */
      readonly closes?: boolean;
      readonly pin?: boolean;
    }
  | { readonly kind: 'set_severity'; readonly to: Severity; readonly why?: string; readonly seen?: Severity }
  | {
      readonly kind: 'set_status';
      /** The status it has, when `public` is there: the public was told something, and the status stays. */
      readonly to: Status;
      readonly why?: string;
      /** What the public was told, word for word. */
      readonly public?: string;
      readonly seen?: Status;
    }
  /** `nextMs`: the next one is due so much later; else as the policy has it for this severity. */
  | { readonly kind: 'update_public'; readonly text: string; readonly nextMs?: number }
  | {
      readonly kind: 'assign_role';
      readonly role: Role;
      readonly name: string;
      readonly why?: string;
      readonly seen?: string | null;
    }
  | { readonly kind: 'release_role'; readonly role: Role }
  | { readonly kind: 'offer_command'; readonly name: string }
  | { readonly kind: 'accept_command' }
  | { readonly kind: 'decline_command' }
  | {
      readonly kind: 'amend';
      readonly ref: number;
      readonly text?: string;
      readonly at?: Instant;
      readonly why: string;
    }
  | { readonly kind: 'retract'; readonly ref: number; readonly why: string }
  | { readonly kind: 'pin'; readonly ref: number; readonly pinned?: boolean }
  /** Only the hub and its intakes ask for these; a console never may. */
  | {
      readonly kind: 'change_alert';
      readonly alert: string;
      readonly rule: string;
      readonly from: string;
      readonly to: string;
      readonly severity: Severity;
      readonly summary: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly runbook?: string;
      readonly at?: Instant;
    }
  | {
      readonly kind: 'mark_change';
      readonly what: string;
      readonly by?: string;
      readonly at?: Instant;
      readonly link?: string;
    }
  /** Asked of the hub, whichever incident is open: keep quiet about alerts with these labels. All three are needed. */
  | { readonly kind: 'silence'; readonly matcher: string; readonly why: string; readonly until: Instant }
  | { readonly kind: 'unsilence'; readonly id: string }
  /** Read the configuration again: all of it, or, when it has a fault, nothing. */
  | { readonly kind: 'reload' }
  /** Take a closer look at a target: what it finds comes with the target's readings. */
  | { readonly kind: 'inspect'; readonly target: string };

export type CommandKind = Command['kind'];

/**
 * Why not. `forbidden`: not yours to do · `conflict`: it changed meanwhile · `invalid`: the words are off ·
 * `not_found`: there is no such thing · `not_now`: the incident's state does not allow it.
 */
export type RefusalCode = 'forbidden' | 'conflict' | 'invalid' | 'not_found' | 'not_now';
export interface Refusal {
  readonly refused: RefusalCode;
  /** A sentence for the person: what is so, and what to do. */
  readonly reason: string;
}

export const isRefusal = (answer: object): answer is Refusal => 'refused' in answer;
