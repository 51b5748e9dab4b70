/** The five questions with their answers and with what the room knows about each. */
import { BOUNDS, shortenText } from './bounds.ts';
import type { Event } from './event.ts';
import type { AskingAlert } from './next-item.ts';
import { isOn, type Incident, type TriageAnswer } from './incident.ts';
import { dueTime, HOUR } from './time.ts';
import { impactInWords } from './advise.ts';
import { TRIAGE_QUESTIONS } from './topics/triage.ts';
import type { Instant } from './vocabulary.ts';

/** Something that is known, of use for an answer; unsafe text. */
interface Evidence {
  readonly at: Instant | null;
  readonly text: string;
}
export interface TriageQuestion {
  /** From 1. */
  readonly n: number;
  readonly question: string;
  readonly answer: TriageAnswer | null;
  readonly evidence: readonly Evidence[];
  /** Beside what changed: who knows of it. */
  readonly interview?: readonly Interviewee[];
}
/** Somebody who changed something, or had something to do, shortly before; unsafe text. */
interface Interviewee {
  readonly name: string;
  /** The newest of it. */
  readonly why: Evidence;
}

/** Changes from so long before the detection on are recent. */
const RECENT_MS = 2 * HOUR;
/** Index of the question about changes. */
const CHANGED = 4;
/** Pieces of evidence beside a question. */
const MOST = 5;

/** `14:01Z web 4.118 by bob`; with the date where that is not the day of `now`. */
export const evidenceInWords = ({ at, text }: Evidence, now: number): string =>
  `${at === null ? '' : `${dueTime(Date.parse(at), now)} `}${text}`;

/** Changes and actions from two hours before the detection up to `now`: whom they name, the latest first. */
export function peopleToInterview(
  events: readonly Event[],
  detectedAt: Instant | null,
  now: number,
): readonly Interviewee[] {
  const since = Date.parse(detectedAt ?? new Date(now).toISOString()) - RECENT_MS;
  const found = new Map<string, Evidence>();
  const recent = events.filter(({ at }) => Date.parse(at) >= since && Date.parse(at) <= now);
  for (const event of recent.sort((a, b) => (a.at < b.at ? -1 : 1))) {
    const { at } = event;
    if (event.kind === 'change_marked' && event.data.by !== undefined)
      found.set(event.data.by, { at, text: event.data.what });
    if (event.kind === 'noted' && event.data.form === 'action')
      found.set(event.data.to ?? event.by.name, { at, text: event.data.text });
  }
  return [...found]
    .map(([name, why]) => ({ name, why: { ...why, text: shortenText(why.text, BOUNDS.why) } }))
    .sort((a, b) => ((a.why.at ?? '') < (b.why.at ?? '') ? 1 : -1))
    .slice(0, MOST);
}

/** As of `now`, ms since 1970, hub time. `alerts`: those at the hub, null while not known; `events`: as far as they are held. */
export function triageOf(
  incident: Incident,
  alerts: readonly AskingAlert[] | null,
  now: number,
  events: readonly Event[] = [],
): readonly TriageQuestion[] {
  const { triage, timestamps, impact } = incident;
  const ours = [...incident.alerts].sort((a, b) => (a.since < b.since ? -1 : 1));
  const on = (alerts ?? []).filter(({ state }) => isOn(state));
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
    alerts !== null && on.length === 0 && !ours.some(({ state }) => isOn(state))
      ? [{ at: null, text: 'no alert is on' }]
      : on.map(({ since, summary }) => ({ at: since, text: `fires: ${summary}` })),
    recent.map(({ at, what, by }) => ({ at, text: `${what} by ${by}` })),
  ];
  const interview = peopleToInterview(events, timestamps.detectedAt, now);
  return TRIAGE_QUESTIONS.map((question, i) => ({
    n: i + 1,
    question,
    answer: triage[i + 1] ?? null,
    evidence: (known[i] ?? []).slice(0, MOST),
    ...(i === CHANGED && interview.length > 0 ? { interview } : {}),
  }));
}
