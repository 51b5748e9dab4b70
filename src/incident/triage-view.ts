/** The five questions with their answers and with what the room knows about each. */
import type { AskingAlert } from './next.ts';
import { isOn, type Incident, type TriageAnswer } from './incident.ts';
import { HOUR } from './time.ts';
import { impactInWords } from './advise.ts';
import { TRIAGE_QUESTIONS } from './topics/triage.ts';
import type { Instant } from './vocabulary.ts';

/** Something that is known, of use for an answer; unsafe text. */
export interface Evidence {
  readonly at: Instant | null;
  readonly text: string;
}
export interface TriageQuestion {
  /** From 1. */
  readonly n: number;
  readonly question: string;
  readonly answer: TriageAnswer | null;
  readonly evidence: readonly Evidence[];
}

/** Changes from so long before the detection on are recent. */
const RECENT_MS = 2 * HOUR;
/** Pieces of evidence beside a question. */
const MOST = 5;

/** The questions as of `now` (ms since 1970, hub time). `alerts`: those that are on at the hub. */
export function triageOf(incident: Incident, alerts: readonly AskingAlert[], now: number): readonly TriageQuestion[] {
  const { triage, timestamps, impact } = incident;
  const ours = [...incident.alerts].sort((a, b) => (a.since < b.since ? -1 : 1));
  const on = alerts.filter(({ state }) => isOn(state));
  const since = Date.parse(timestamps.detectedAt ?? new Date(now).toISOString()) - RECENT_MS;
  const recent = incident.changes.filter(({ at }) => Date.parse(at) >= since).sort((a, b) => (a.at < b.at ? 1 : -1));
  const known: readonly (readonly Evidence[])[] = [
    (on.length === 0 ? ours : on).map(({ since, summary }) => ({ at: since, text: summary })),
    impact === undefined ? [] : [{ at: null, text: impactInWords(impact) }],
    [
      ...recent.slice(0, 1).map(({ at, what }) => ({ at, text: what })),
      ...ours.slice(0, 1).map(({ since, summary }) => ({ at: since, text: summary })),
      ...(timestamps.detectedAt === null ? [] : [{ at: timestamps.detectedAt, text: 'detected' }]),
    ],
    on.length === 0
      ? [{ at: null, text: 'no alert is on' }]
      : on.map(({ since, summary }) => ({ at: since, text: `fires: ${summary}` })),
    recent.map(({ at, what, by }) => ({ at, text: `${what} by ${by}` })),
  ];
  return TRIAGE_QUESTIONS.map((question, i) => ({
    n: i + 1,
    question,
    answer: triage[i + 1] ?? null,
    evidence: (known[i] ?? []).slice(0, MOST),
  }));
}
