/**
 * What became of an entry after it was written. The entries that say so come after it, so whoever holds an entry and all
 * that follow it knows all of it (client/replica.ts); the state knows it of the newest and of the pinned entries.
 */
import { BOUNDS, cut, moreThan } from './bounds.ts';
import type { Annotation, Incident } from './incident.ts';
import type { Envelope, Instant } from './vocabulary.ts';

const none: Annotation = { amends: [], retracted: null, pinned: false };

export type Correction =
  | { readonly amended: { readonly text?: string; readonly at?: Instant; readonly why: string } }
  | { readonly retracted: { readonly why: string } }
  | { readonly pinned: boolean };

/** The annotation with a correction that `event` brought; one that it holds already takes its place at the end. */
export function corrected(note: Annotation = none, { seq, by, at }: Envelope, correction: Correction): Annotation {
  if ('pinned' in correction) return { ...note, pinned: correction.pinned };
  if ('retracted' in correction) return { ...note, retracted: { by: by.name, at, why: correction.retracted.why } };
  const { text, at: newAt, why } = correction.amended;
  const said = { ...(text === undefined ? {} : { text }), ...(newAt === undefined ? {} : { newAt }) };
  return {
    ...note,
    amends: [...note.amends.filter((each) => each.seq !== seq), { seq, by: by.name, at, why, ...said }],
  };
}

/** Those of the state after a correction: as much as there is room for, with texts cut. */
export function annotate(state: Incident, event: Envelope, correction: Correction): Partial<Incident> {
  const { ref } = event;
  if (ref === undefined) return {};
  const forgotten = state.more?.annotatedFrom ?? 0;
  if (ref < forgotten && state.annotations[ref] === undefined) return {};
  const note = shortened(corrected(state.annotations[ref], event, correction));
  const notes = Object.entries({ ...state.annotations, [ref]: note }).map(
    ([seq, each]) => [Number(seq), each] as const,
  );
  const pins = notes.filter(([, { pinned }]) => pinned).length - BOUNDS.pins;
  const pinned = unpinned(notes, pins);
  const loose = pinned.filter(([seq, each]) => !each.pinned && seq >= forgotten);
  const annotatedFrom = loose.length > BOUNDS.annotations ? loose.at(-BOUNDS.annotations)![0] : forgotten;
  const annotations = Object.fromEntries(pinned.filter(([seq, each]) => each.pinned || seq >= annotatedFrom));
  if (annotatedFrom === forgotten && pins <= 0) return { annotations };
  const more = moreThan(state, (more) => ({ annotatedFrom, pins: more.pins + Math.max(0, pins) }));
  return { annotations, more };
}

/** The last new text and the last new time, with short words. */
function shortened({ amends, retracted, pinned }: Annotation): Annotation {
  const [text, time] = [amends.findLast((each) => each.text !== undefined), amends.findLast((each) => each.newAt)];
  return {
    amends: amends
      .filter((each) => each === text || each === time)
      .map((each) => ({
        ...each,
        why: cut(each.why, BOUNDS.why),
        ...(each.text === undefined ? {} : { text: cut(each.text) }),
      })),
    retracted: retracted && { ...retracted, why: cut(retracted.why, BOUNDS.why) },
    pinned,
  };
}

/** Without the pins of the first `count` that are pinned. */
function unpinned(notes: readonly (readonly [number, Annotation])[], count: number): typeof notes {
  let left = count;
  return notes.map(([seq, note]) => [seq, note.pinned && left-- > 0 ? { ...note, pinned: false } : note] as const);
}
