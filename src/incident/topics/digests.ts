/** Weekly digests and reports at hand-offs: made once each, sent by deliveries, and what people leave for the next; a topic of the hub's own record. */
import * as v from 'valibot';
import { refuse } from '../decision.ts';
import { DIGEST_KINDS, type DigestKind } from '../deliveries.ts';
import { command, drafting, event, internal, type HubState } from '../hub-state.ts';
import { instant, short, TEXT_LIMITS, time } from '../shapes.ts';
import type { Instant } from '../vocabulary.ts';
import { requestDrafts } from './deliveries.ts';

const what = v.picklist(DIGEST_KINDS);
/** `of`: the rotation of a hand-off, the time zone of a week. */
export interface DigestSeries {
  readonly what: DigestKind;
  readonly of: string;
}

/** The reports of one series follow one another. */
export const seriesName = ({ what, of }: DigestSeries): string => `${what} ${of}`;
const inWords = ({ what, of }: DigestSeries): string =>
  what === 'digest' ? `the weekly digest of ${of}` : `the report at the hand-off of ${of}`;

const MOST_NOTES = 100;

const settled = ({ digests }: HubState, series: DigestSeries, until: Instant): Pick<HubState, 'digests'> => ({
  digests: { ...digests, [seriesName(series)]: until },
});

const events = {
  /** `text`: what receivers get, in Markdown. */
  digest_made: event({
    shape: v.object({ what, of: v.string(), dueAt: time, text: v.string() }),
    fold: (state, { data }) => settled(state, data, data.dueAt),
    sentence: ({ data }) => `made ${inWords(data)} that was due at ${data.dueAt}`,
  }),
  /** What was due until then is not made any more. */
  digests_skipped: event({
    shape: v.object({ what, of: v.string(), until: time, why: v.string() }),
    fold: (state, { data }) => settled(state, data, data.until),
    sentence: ({ data }) => `left out ${inWords(data)} that was due until ${data.until}: ${data.why}`,
  }),
  handoff_noted: event({
    shape: v.object({ rotation: v.string(), text: v.string() }),
    fold: ({ handOffNotes }, { by, at, data }) => ({
      handOffNotes: [...handOffNotes, { ...data, by: by.name, at }].slice(-MOST_NOTES),
    }),
    sentence: ({ data }) => `left for the next on ${data.rotation}: ${data.text}`,
  }),
};
const draft = drafting(events);

const series = { what, of: short(100) };

export const digestsTopic = {
  events,
  commands: {
    /** `receivers`: who get it. */
    make_digest: internal({
      shape: v.object({ ...series, dueAt: instant, text: short(TEXT_LIMITS.text), receivers: v.array(short(100)) }),
      decide(state, { receivers, what, of, dueAt, text }, context) {
        const about = state.head + 1;
        const request = { kind: what, about, severity: 'SEV-3', status: null } as const;
        const requests = receivers.map((receiver) => ({ receiver, ...request }));
        return [
          draft(state, context, 'digest_made', { what, of, dueAt, text }),
          ...requestDrafts(state, requests, context.now),
        ];
      },
    }),
    skip_digests: internal({
      shape: v.object({ ...series, until: instant, why: short(200) }),
      decide: (state, { what, of, until, why }, context) => [
        draft(state, context, 'digests_skipped', { what, of, until, why }),
      ],
    }),
    /** That there is such a rotation is checked before. */
    note_handoff: command({
      shape: v.object({ rotation: short(100), text: short(TEXT_LIMITS.why) }),
      pending: ({ rotation }) => `leave a note for the next on ${rotation}`,
      decide: (state, { rotation, text }, context) =>
        text.trim() === ''
          ? refuse('invalid', 'a note needs words')
          : [draft(state, context, 'handoff_noted', { rotation, text: text.trim() })],
    }),
  },
};
