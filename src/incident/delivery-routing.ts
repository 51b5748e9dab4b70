/** Which deliveries the entries of a command ask for; they are recorded together with these entries. Pure. */
import { routed, type DeliveryRequest, type MessageKind, type Routing, type DeliverySource } from './deliveries.ts';
import type { Draft } from './event.ts';
import type { HubDraft } from './hub-record.ts';
import type { HubState } from './hub-state.ts';
import type { Incident } from './incident.ts';
import type { Severity } from './severity.ts';
import { requestDrafts } from './topics/deliveries.ts';
import { evolve } from './topics/index.ts';
import { ownValue } from './topic.ts';
import type { Instant } from './vocabulary.ts';

const KINDS: { readonly [K in Draft['kind']]?: MessageKind } = {
  declared: 'declared',
  severity_set: 'severity',
  status_set: 'status',
  merged: 'resolved',
  paged: 'page',
  acknowledged: 'acknowledged',
  role_assigned: 'role',
  role_released: 'role',
  decision_proposed: 'decision',
  decision_settled: 'decision',
  public_updated: 'update',
};

function kindsOf(draft: Draft): readonly MessageKind[] {
  if (draft.kind === 'status_set') {
    const { to, public: told } = draft.data;
    const isOver = to === 'resolved' || to === 'cancelled';
    return [isOver ? 'resolved' : 'status', ...(told === undefined ? [] : ['update' as const])];
  }
  if (draft.kind === 'noted' && draft.data.form === 'decision') return ['decision'];
  const kind = KINDS[draft.kind] ?? (draft.level === 'key' ? 'entry' : undefined);
  return kind === undefined ? [] : [kind];
}

/** `drafts` of an incident with the requests to tell `receivers` of them. */
export function withRequests(
  state: Incident,
  drafts: readonly Draft[],
  receivers: readonly Routing[],
  now: Instant,
): readonly Draft[] {
  if (receivers.length === 0 || drafts.every((draft) => kindsOf(draft).length === 0)) return drafts;
  const requests: DeliveryRequest[] = [];
  // What a message tells of the incident is what it is after the entry.
  let after = state;
  for (const draft of drafts) {
    const about = after.head + 1;
    after = evolve(after, { ...draft, id: '', incident: state.id, seq: about, recorded: now });
    const { severity, status, peakSeverity: peak, drill } = after;
    const isPage = draft.kind === 'paged';
    const route = isPage ? draft.data.route : (after.paging?.route ?? null);
    for (const kind of kindsOf(draft)) {
      const request = { kind, about, severity, status, ...(isPage && { level: draft.data.level }) };
      requests.push(...routed({ request, peak, drill, route }, receivers));
    }
  }
  return requests.length === 0 ? drafts : [...drafts, ...requestDrafts(state, requests, now)];
}

/** The same of the hub's own record: pages for alerts that belong to no incident, and that they are answered or over. */
export function withAlertRequests(
  state: HubState,
  drafts: readonly HubDraft[],
  receivers: readonly Routing[],
  now: Instant,
  severityOf: (alert: string) => Severity,
): readonly HubDraft[] {
  if (receivers.length === 0) return drafts;
  const requests = drafts.flatMap((draft, index) => {
    const told = toldOfAlert(state, draft);
    if (told === null) return [];
    const severity = severityOf(told.alert.name);
    const { route, ...about } = told;
    const request = { ...about, about: state.head + 1 + index, severity, status: null };
    return routed({ request, peak: severity, drill: false, route }, receivers);
  });
  return requests.length === 0 ? drafts : [...drafts, ...requestDrafts(state, requests, now)];
}

type ToldOfAlert = Pick<DeliverySource, 'route'> &
  Pick<DeliverySource['request'], 'kind' | 'level'> &
  Required<Pick<DeliverySource['request'], 'alert'>>;

function toldOfAlert({ paging }: HubState, draft: HubDraft): ToldOfAlert | null {
  if (draft.kind === 'paged') {
    const { alert: name, since, level, route } = draft.data;
    return { kind: 'page', alert: { name, since }, level, route };
  }
  const isOver = draft.kind === 'episode_ended' && draft.data.why !== 'incident';
  if (draft.kind !== 'alert_acknowledged' && !isOver) return null;
  const { alert: name } = draft.data;
  const round = ownValue(paging, name);
  // Nobody outside was told of one that called nobody.
  if (round === undefined || round.pages.length === 0) return null;
  return { kind: isOver ? 'resolved' : 'acknowledged', alert: { name, since: round.since }, route: round.route };
}
