/** How the store folds and lists incidents. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import * as v from 'valibot';
import { factsOf, factsShape } from '../incident/figures.ts';
import { storedFollowUp, storedFollowUpShape } from '../incident/follow-up.ts';
import { blankIncident, heldLevel, isAcknowledged, isEnded, leadOf, type Incident } from '../incident/incident.ts';
import { isRunOver } from '../incident/runs.ts';
import { evolve } from '../incident/topics/index.ts';
import { maybe, type Fields } from '../incident/shapes.ts';
import type { Fold } from '../log/event-store.ts';
import { summaryShape, type IncidentSummary } from '../protocol/summary.ts';
import { readIncident } from '../protocol/validate.ts';

const storedShape = v.object({
  ...summaryShape.entries,
  facts: factsShape,
  followUp: maybe(storedFollowUpShape),
});
/** What the index has of an incident: the summary that consoles get, what the figures need, and what is left to do. */
export type StoredSummary = Fields<typeof storedShape>;

export function storedSummaryOf(state: Incident): StoredSummary {
  const followUp = storedFollowUp(state);
  return { ...summaryOf(state), facts: factsOf(state), ...(followUp && { followUp }) };
}

const summaryOf = (state: Incident): IncidentSummary => ({
  id: state.id,
  title: state.title ?? '',
  severity: state.severity,
  status: state.status,
  drill: state.drill,
  declaredAt: state.timestamps.declaredAt ?? '',
  lead: leadOf(state),
  head: state.head,
  ...pagesOf(state),
});

/** Who was called and has not answered, and what people are asked about. */
function pagesOf(state: Incident): Pick<IncidentSummary, 'route' | 'acked' | 'paged' | 'escalatesAt' | 'held'> {
  const { paging, status } = state;
  if (paging === undefined || isEnded(state) || status === 'resolved') return {};
  const { ackDueAt, notBefore, pages, route } = paging;
  const [acked, held] = [isAcknowledged(state), heldLevel(state)];
  const paged = pages.filter(({ answered }) => !answered);
  const isL2Next = !acked && route !== null && held === undefined && pages.every(({ level }) => level === 'L1');
  return {
    ...(paged.length > 0 && route !== null && { route }),
    ...(acked && { acked }),
    ...(paged.length > 0 && { paged }),
    ...(isL2Next && paged.length > 0 && { escalatesAt: ackDueAt > notBefore ? ackDueAt : notBefore }),
    ...(held && { held }),
  };
}

export const incidentFold: Fold<Incident, StoredSummary> = {
  version: foldVersion(),
  blank: blankIncident,
  evolve,
  read: readIncident,
  // What is still on its way out is delivered after the end, too, and a step that runs is ended.
  isCold: (state) =>
    state.head > 0 && isEnded(state) && state.deliveries.open.length === 0 && (state.runs ?? []).every(isRunOver),
  summary: storedSummaryOf,
  isSummary: (raw): raw is StoredSummary => v.is(storedShape, raw),
};

/** A hash of the core's source: snapshots and index entries made by other rules are ignored. */
function foldVersion(): number {
  const folder = new URL('../incident/', import.meta.url);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort())
    if (/\.[jt]s$/.test(name)) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest().readUIntBE(0, 6);
}
