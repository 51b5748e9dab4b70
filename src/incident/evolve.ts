/** What the record means: one event at a time folded into the incident. Replay, join, export and tests share it. */
import type { Draft, Event } from './event.ts';
import type { Instant, Role, Status } from './vocabulary.ts';
import type { Annotation, Incident, OpenItem, Timestamps } from './incident.ts';
import { isWorse } from './severity.ts';

const noAnnotation: Annotation = { amends: [], retracted: null, pinned: false };

/** What an event makes different. */
type Change = Partial<Incident>;
const nothing: Change = {};

/** The incident after `event`. Events come in seq order; the fold never fails and never looks at a clock. */
export function evolve(state: Incident, event: Event): Incident {
  return { ...state, ...changes(state, event), head: event.seq, recorded: event.recorded };
}

function changes(state: Incident, event: Event): Change {
  const { at, by } = event;
  switch (event.kind) {
    case 'declared': {
      const { title, severity, drill, detectedAt, impactStartedAt, deadlines, runbook } = event.data;
      return {
        title,
        severity,
        peakSeverity: severity,
        drill,
        deadlines,
        updateSetAt: updateSet(state, deadlines.updateDueAt, at),
        status: 'declared',
        statusSince: at,
        runbook: runbook ?? null,
        lastSet: set(state, 'severity', event),
        timestamps: { ...state.timestamps, declaredAt: at, detectedAt, impactStartedAt },
      };
    }
    case 'acknowledged':
      return {
        ackedBy: state.ackedBy ?? by.name,
        timestamps: { ...state.timestamps, acknowledgedAt: state.timestamps.acknowledgedAt ?? at },
      };
    case 'noted':
      return noted(state, event);
    case 'severity_set': {
      const { to, deadlines } = event.data;
      return {
        severity: to,
        peakSeverity: isWorse(to, state.peakSeverity) ? to : state.peakSeverity,
        deadlines,
        updateSetAt: updateSet(state, deadlines.updateDueAt, at),
        lastSet: set(state, 'severity', event),
      };
    }
    case 'status_set': {
      const { to, updateDueAt, postmortemDueAt } = event.data;
      return {
        status: to,
        statusSince: at,
        deadlines: { ...state.deadlines, updateDueAt },
        updateSetAt: updateSet(state, updateDueAt, at),
        lastPublic: event.data.public === undefined ? state.lastPublic : { text: event.data.public, at, by: by.name },
        lastSet: set(state, 'status', event),
        timestamps: { ...reached(state.timestamps, state.status, to, at), postmortemDueAt },
      };
    }
    case 'public_updated': {
      const { text, updateDueAt } = event.data;
      return {
        deadlines: { ...state.deadlines, updateDueAt },
        updateSetAt: updateSet(state, updateDueAt, at),
        lastPublic: { text, at, by: by.name },
      };
    }
    case 'role_assigned': {
      const { role, name } = event.data;
      const first = role === 'ic' ? (state.timestamps.respondedAt ?? at) : state.timestamps.respondedAt;
      return {
        ...hold(state, role, name, event),
        offer: role === 'ic' ? null : state.offer,
        timestamps: { ...state.timestamps, respondedAt: first },
      };
    }
    case 'role_released':
      return { ...hold(state, event.data.role, null, event), offer: event.data.role === 'ic' ? null : state.offer };
    case 'role_offered':
      return { offer: { name: event.data.name, from: event.data.from, at } };
    case 'role_declined':
      return { offer: null };
    case 'amended': {
      const { text, at: newAt, why } = event.data;
      const amend = {
        seq: event.seq,
        by: by.name,
        at,
        why,
        ...(text === undefined ? {} : { text }),
        ...(newAt === undefined ? {} : { newAt }),
      };
      const open =
        text === undefined ? state.open : state.open.map((item) => (item.seq === event.ref ? { ...item, text } : item));
      return { open, ...annotate(state, event, (note) => ({ ...note, amends: [...note.amends, amend] })) };
    }
    case 'retracted': {
      const open = state.open.filter((item) => item.seq !== event.ref);
      const retracted = { by: by.name, at, why: event.data.why };
      return { open, ...annotate(state, event, (note) => ({ ...note, retracted })) };
    }
    case 'pinned':
      return annotate(state, event, (note) => ({ ...note, pinned: event.data.pinned }));
    case 'alert_changed': {
      const { alert, rule, to, severity, summary } = event.data;
      const before = state.alerts.find((known) => known.alert === alert);
      const now = { alert, rule, state: to, severity, summary, since: at };
      const alerts = before ? state.alerts.map((known) => (known === before ? now : known)) : [...state.alerts, now];
      return { alerts, runbook: state.runbook ?? event.data.runbook ?? null };
    }
    case 'change_marked':
      return nothing;
    default:
      // An event of a later version: it keeps its place in the record and means nothing here.
      event satisfies never;
      return nothing;
  }
}

/** Since when the clock of the next update runs: a deadline that did not move has the start it had. */
function updateSet(state: Incident, dueAt: Instant | null, at: Instant): Instant | null {
  if (dueAt === null) return null;
  return dueAt === state.deadlines.updateDueAt ? state.updateSetAt : at;
}

function noted(state: Incident, event: Event<'noted'>): Change {
  const { form, text, to, due, closes } = event.data;
  if (form === 'note' && !closes) return nothing;
  const open = closes ? state.open.filter((item) => item.seq !== event.ref) : state.open;
  if (form === 'decision') return { open, lastDecision: { seq: event.seq, text, by: event.by.name } };
  if (form === 'note' || form === 'finding') return { open };
  const item: OpenItem = {
    seq: event.seq,
    form,
    text,
    by: event.by.name,
    at: event.at,
    ...(to === undefined ? {} : { to }),
    ...(due === undefined ? {} : { due }),
  };
  return { open: [...open, item] };
}

/** The milestones a change of status sets. Going back from resolved or closed undoes what turned out untrue. */
function reached(timestamps: Timestamps, from: Status, to: Status, at: Instant): Timestamps {
  const ended = from === 'resolved' || from === 'closed' || from === 'cancelled' || from === 'merged';
  const base: Timestamps =
    ended && to !== 'closed' && to !== 'resolved'
      ? { ...timestamps, mitigatedAt: null, resolvedAt: null, closedAt: null }
      : timestamps;
  switch (to) {
    case 'declared':
    case 'merged':
      return base;
    case 'investigating':
      return { ...base, respondedAt: base.respondedAt ?? at };
    case 'identified':
      return { ...base, respondedAt: base.respondedAt ?? at, identifiedAt: base.identifiedAt ?? at };
    case 'monitoring':
      return { ...base, mitigatedAt: base.mitigatedAt ?? at };
    case 'resolved':
      return { ...base, mitigatedAt: base.mitigatedAt ?? at, resolvedAt: at, closedAt: null };
    case 'closed':
    case 'cancelled':
      return { ...base, closedAt: at };
  }
}

function hold(state: Incident, role: Role, name: string | null, event: Event): Change {
  return {
    roles: { ...state.roles, [role]: name },
    rolesSince: { ...state.rolesSince, [role]: name === null ? null : event.at },
    lastSet: set(state, role, event),
  };
}

const set = (state: Incident, what: 'severity' | 'status' | Role, event: Event | Draft): Incident['lastSet'] => ({
  ...state.lastSet,
  [what]: { by: event.by.name, at: event.at },
});

function annotate(state: Incident, event: Event, change: (note: Annotation) => Annotation): Change {
  if (event.ref === undefined) return nothing;
  const note = change(state.annotations[event.ref] ?? noAnnotation);
  return { annotations: { ...state.annotations, [event.ref]: note } };
}
