/** What happened. An event is a fact in the past tense; the log is the ordered record of events. */
import type { Severity } from './severity.ts';
import type { Deadlines, Envelope, Instant, NoteForm, Role, Status } from './vocabulary.ts';

/** Every kind of event and what it carries. */
export interface EventData {
  declared: {
    readonly title: string;
    readonly severity: Severity;
    readonly drill: boolean;
    readonly detectedAt: Instant;
    readonly impactStartedAt: Instant | null;
    readonly deadlines: Deadlines;
    /** The alert that proposed this incident, when one did. */
    readonly alert?: string;
    readonly runbook?: string;
    /** Why this severity, where somebody said so. */
    readonly why?: string;
  };
  acknowledged: { readonly alert?: string };
  noted: {
    readonly text: string;
    readonly form: NoteForm;
    readonly to?: string;
    readonly due?: Instant;
    /** It settles the open item it refers to: the answer, the action done, the hypothesis decided. */
    readonly closes?: true;
  };
  severity_set: {
    readonly from: Severity;
    readonly to: Severity;
    readonly why?: string;
    readonly deadlines: Deadlines;
  };
  status_set: {
    readonly from: Status;
    readonly to: Status;
    /** What the public was told with it, word for word. */
    readonly public?: string;
    readonly why?: string;
    readonly updateDueAt: Instant | null;
    readonly postmortemDueAt: Instant | null;
  };
  /** What the public was told, word for word, and when it hears from us again; null: it was not promised. */
  public_updated: { readonly text: string; readonly updateDueAt: Instant | null };
  /** Somebody holds a role now: taken by themselves or given by the IC. `from` is the previous holder. */
  role_assigned: { readonly role: Role; readonly name: string; readonly from: string | null; readonly why?: string };
  role_released: { readonly role: Role; readonly name: string };
  /** The IC offers command; the old IC stays until the other accepts. */
  role_offered: { readonly role: Role; readonly name: string; readonly from: string };
  role_declined: { readonly role: Role; readonly name: string };
  amended: { readonly text?: string; readonly at?: Instant; readonly why: string };
  retracted: { readonly why: string };
  pinned: { readonly pinned: boolean };
  /** An alert changed state; transitions only, never samples. */
  alert_changed: {
    readonly alert: string;
    readonly rule: string;
    readonly from: string;
    readonly to: string;
    readonly severity: Severity;
    readonly summary: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly runbook?: string;
  };
  /** A deploy, a flag, a migration: something changed elsewhere. */
  change_marked: { readonly what: string; readonly by?: string; readonly link?: string };
}
export type EventKind = keyof EventData;

export type Event<K extends EventKind = EventKind> = {
  [P in K]: Envelope & { readonly kind: P; readonly data: EventData[P] };
}[K];

/** An event before the hub gave it its place in the record. */
export type Draft<K extends EventKind = EventKind> = {
  [P in K]: Omit<Envelope, 'id' | 'incident' | 'seq' | 'recorded'> & { readonly kind: P; readonly data: EventData[P] };
}[K];
