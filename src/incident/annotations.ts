/** Corrections and pins of entries; the state keeps those of the newest and the pinned entries. */
import { BOUNDS, shortenText, moreThan } from './bounds.ts';
import type { Annotation, Incident } from './incident.ts';
import { defined } from './topic.ts';
import type { Envelope, Instant } from './vocabulary.ts';

const none: Annotation = { amends: [], retracted: null, pinned: false };

export type Correction =
  | { readonly amended: { readonly text?: string; readonly at?: Instant; readonly why: string } }
  | { readonly retracted: { readonly why: string } }
  | { readonly pinned: boolean };

/** The text of an entry as last corrected; undefined: it was not. */
export const amendedText = (note: Annotation | undefined): string | undefined =>
  note?.amends.findLast(({ text }) => text !== undefined)?.text;

/** Adds the correction of `event`; a second amendment by the same event replaces the first. */
export function corrected(note: Annotation = none, { seq, by, at }: Envelope, correction: Correction): Annotation {
  if ('pinned' in correction) return { ...note, pinned: correction.pinned };
  if ('retracted' in correction) return { ...note, retracted: { by: by.name, at, why: correction.retracted.why } };
  const { text, at: newAt, why } = correction.amended;
  const amend = defined<Annotation['amends'][number]>({ seq, by: by.name, at, why, text, newAt });
  return { ...note, amends: [...note.amends.filter((each) => each.seq !== seq), amend] };
}

/** The state's annotations after a correction, bounded, with texts cut. */
export function annotate(state: Incident, event: Envelope, correction: Correction): Partial<Incident> {
  const { ref } = event;
  if (ref === undefined) return {};
  const forgotten = state.more?.annotatedFrom ?? 0;
  if (ref < forgotten && state.annotations[ref] === undefined) return {};
  const note = shortened(corrected(state.annotations[ref], event, correction));
  const all: Incident['annotations'] = { ...state.annotations, [ref]: note };
  const notes = Object.entries(all).map(([seq, each]) => [Number(seq), each] as const);
  const pins = notes.filter(([, { pinned }]) => pinned).length - BOUNDS.pins;
  const pinned = unpinned(notes, pins);
  const loose = pinned.filter(([seq, each]) => !each.pinned && seq >= forgotten);
  const annotatedFrom = loose.length > BOUNDS.annotations ? loose.at(-BOUNDS.annotations)![0] : forgotten;
  const annotations = Object.fromEntries(pinned.filter(([seq, each]) => each.pinned || seq >= annotatedFrom));
  if (annotatedFrom === forgotten && pins <= 0) return { annotations };
  const more = moreThan(state, (more) => ({ annotatedFrom, pins: more.pins + Math.max(0, pins) }));
  return { annotations, more };
}

/** Keeps the last new text and the last new time. */
function shortened({ amends, retracted, pinned }: Annotation): Annotation {
  const [text, time] = [amends.findLast((each) => each.text !== undefined), amends.findLast((each) => each.newAt)];
  return {
    amends: amends
      .filter((each) => each === text || each === time)
      .map((each) => ({
        ...each,
        why: shortenText(each.why, BOUNDS.why),
        ...(each.text === undefined ? {} : { text: shortenText(each.text) }),
      })),
    retracted: retracted && { ...retracted, why: shortenText(retracted.why, BOUNDS.why) },
    pinned,
  };
}

/** Removes the first `count` pins. */
function unpinned(notes: readonly (readonly [number, Annotation])[], count: number): typeof notes {
  let left = count;
  return notes.map(([seq, note]) => [seq, note.pinned && left-- > 0 ? { ...note, pinned: false } : note] as const);
}
