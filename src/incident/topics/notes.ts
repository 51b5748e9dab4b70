/** What people write: entries of every form, the open items among them, and their corrections. */
import * as v from 'valibot';
import { command, drafting, event, noEntry, type Context } from '../context.ts';
import { refuse, type Refusal } from '../decision.ts';
import type { Annotation, Incident, OpenItem } from '../incident.ts';
import { isName, NAME_LENGTH, nameRule } from '../person-name.ts';
import { instant, LIMITS, maybe, short, text, time, whole, why } from '../shapes.ts';
import { NOTE_FORMS, type Envelope, type NoteForm } from '../vocabulary.ts';
import { because } from './folding.ts';

const FORMS: Readonly<Record<NoteForm, string>> = {
  note: '',
  finding: 'FINDING',
  hypothesis: 'HYPOTHESIS',
  decision: 'DECISION',
  question: 'Q:',
  action: 'ACTION',
};

const events = {
  noted: event({
    shape: v.object({
      text: v.string(),
      form: v.picklist(NOTE_FORMS),
      to: maybe(v.string()),
      due: maybe(time),
      /** It settles the open item it refers to: the answer, the action done, the hypothesis decided. */
      closes: maybe(v.literal(true)),
    }),
    level: 'normal',
    implied: { form: 'note' },
    finds: NOTE_FORMS,
    findsAs: ({ data }) => data.form,
    mark: ({ data: { form } }) => (form === 'note' ? 'plain' : form),
    fold(state, { seq, ref, at, by, data: { form, text, to, due, closes } }) {
      if (form === 'note' && !closes) return {};
      const open = closes ? state.open.filter((item) => item.seq !== ref) : state.open;
      if (form === 'decision') return { open, lastDecision: { seq, text, by: by.name } };
      if (form === 'note' || form === 'finding') return { open };
      const item: OpenItem = {
        seq,
        form,
        text,
        by: by.name,
        at,
        ...(to === undefined ? {} : { to }),
        ...(due === undefined ? {} : { due }),
      };
      return { open: [...open, item] };
    },
    sentence({ ref, data: { form, text, to, due, closes } }) {
      const re = ref === undefined ? '' : closes ? `closes #${ref}:` : `re #${ref}:`;
      // People often write the name and the time into the text as well.
      const whom = to === undefined || text.startsWith(`@${to}`) ? '' : `@${to}`;
      const isSaid = /\b(?:due|by)\s+\S+$/i.test(text);
      const until = due === undefined ? '' : `(${isSaid ? '' : 'due '}${due.slice(11, 16)}Z)`;
      return [FORMS[form], re, whom, text, until].filter((part) => part !== '').join(' ');
    },
  }),
  amended: event({
    shape: v.object({ text: maybe(v.string()), at: maybe(time), why: v.string() }),
    level: 'system',
    mark: () => 'quiet',
    finds: ['amend'],
    fold(state, event) {
      const { text, at: newAt, why } = event.data;
      const amend = {
        seq: event.seq,
        by: event.by.name,
        at: event.at,
        why,
        ...(text === undefined ? {} : { text }),
        ...(newAt === undefined ? {} : { newAt }),
      };
      const open =
        text === undefined ? state.open : state.open.map((item) => (item.seq === event.ref ? { ...item, text } : item));
      return { open, ...annotate(state, event, (note) => ({ ...note, amends: [...note.amends, amend] })) };
    },
    sentence({ ref, data: { text, at, why } }) {
      const moved = at === undefined ? '' : ` time is ${at}`;
      return `amended #${ref ?? '?'}${moved}${text === undefined ? '' : `: ${text}`}${because(why)}`;
    },
  }),
  retracted: event({
    shape: v.object({ why: v.string() }),
    level: 'system',
    mark: () => 'quiet',
    finds: ['retract'],
    fold(state, event) {
      const open = state.open.filter((item) => item.seq !== event.ref);
      const retracted = { by: event.by.name, at: event.at, why: event.data.why };
      return { open, ...annotate(state, event, (note) => ({ ...note, retracted })) };
    },
    sentence: ({ ref, data: { why } }) => `retracted #${ref ?? '?'}${because(why)}`,
  }),
  pinned: event({
    shape: v.object({ pinned: v.boolean() }),
    level: 'system',
    mark: () => 'quiet',
    finds: ['pin'],
    fold: (state, event) => annotate(state, event, (note) => ({ ...note, pinned: event.data.pinned })),
    sentence: ({ ref, data: { pinned } }) => `${pinned ? 'pinned' : 'unpinned'} #${ref ?? '?'}`,
  }),
};
const draft = drafting(events);

export const notes = {
  events,
  commands: {
    note: command({
      shape: v.object({
        text,
        form: maybe(v.picklist(NOTE_FORMS)),
        at: maybe(instant),
        to: maybe(short(NAME_LENGTH)),
        due: maybe(instant),
        /** The entry this one answers. */
        re: maybe(whole(1)),
        /** It settles that entry: the action is done, the hypothesis decided. A reply to a question always does. */
        closes: maybe(v.boolean()),
        pin: maybe(v.boolean()),
      }),
      pending: ({ text }) => text,
      decide(state, { form = 'note', at, to, due, re, closes, pin, ...rest }, context) {
        const text = rest.text.trimEnd();
        if (text.trim() === '') return refuse('invalid', 'an entry needs words');
        if (text.length > LIMITS.text) return refuse('invalid', tooLong(text));
        if (to !== undefined && !isName(to)) return refuse('invalid', nameRule('the name after @'));
        if (re !== undefined && context.target === undefined) return noEntry(re);
        const item = state.open.find((open) => open.seq === re);
        if (closes && item === undefined) return refuse('invalid', 'that entry is not an open item');
        const data = {
          text,
          form,
          ...(to === undefined ? {} : { to }),
          ...(due === undefined ? {} : { due }),
          ...(item && (closes || item.form === 'question') ? { closes: true as const } : {}),
        };
        const level = form === 'decision' || pin ? 'key' : 'normal';
        const note = draft(state, context, 'noted', data, {
          level,
          at: at ?? context.now,
          ...(re === undefined ? {} : { ref: re }),
        });
        if (!pin) return [note];
        return [note, draft(state, context, 'pinned', { pinned: true }, { ref: state.head + 1 })];
      },
    }),

    amend: command({
      shape: v.object({ ref: whole(1), text: maybe(text), at: maybe(instant), why }),
      pending: ({ ref, text }) => `amend #${ref}${text === undefined ? '' : `: ${text}`}`,
      decide(state, { ref, text, at, why }, context) {
        const fault = mayCorrect(state, ref, context, 'amend');
        if (fault) return fault;
        if (why.trim() === '') return refuse('invalid', 'a correction says why');
        if (text === undefined && at === undefined) return refuse('invalid', 'give the new text or the new time');
        if (text !== undefined && text.trim() === '') return refuse('invalid', 'to take an entry back, retract it');
        if (text !== undefined && text.length > LIMITS.text) return refuse('invalid', tooLong(text));
        const data = { why, ...(text === undefined ? {} : { text }), ...(at === undefined ? {} : { at }) };
        return [draft(state, context, 'amended', data, { ref })];
      },
    }),

    retract: command({
      shape: v.object({ ref: whole(1), why }),
      pending: ({ ref, why }) => `retract #${ref}: ${why}`,
      decide(state, { ref, why }, context) {
        const fault = mayCorrect(state, ref, context, 'retract');
        if (fault) return fault;
        if (why.trim() === '') return refuse('invalid', 'a retraction says why');
        return [draft(state, context, 'retracted', { why }, { ref })];
      },
    }),

    pin: command({
      shape: v.object({ ref: whole(1), pinned: maybe(v.boolean()) }),
      pending: ({ ref, pinned }) => `${pinned === false ? 'unpin' : 'pin'} #${ref}`,
      decide(state, { ref, pinned = true }, context) {
        if (context.target === undefined) return noEntry(ref);
        if ((state.annotations[ref]?.pinned ?? false) === pinned)
          return refuse('conflict', `#${ref} is ${pinned ? 'pinned already' : 'not pinned'}`);
        return [draft(state, context, 'pinned', { pinned }, { ref })];
      },
    }),
  },
};

const tooLong = ({ length }: string): string =>
  `an entry has at most ${LIMITS.text} characters; this one has ${length}`;

const noAnnotation: Annotation = { amends: [], retracted: null, pinned: false };

function annotate(
  { annotations }: Incident,
  { ref }: Pick<Envelope, 'ref'>,
  change: (note: Annotation) => Annotation,
): Partial<Incident> {
  return ref === undefined ? {} : { annotations: { ...annotations, [ref]: change(annotations[ref] ?? noAnnotation) } };
}

/** Authors correct their own entries; IC, deputy and scribe any. What the system wrote stays as it was written. */
function mayCorrect(state: Incident, ref: number, { target, actor }: Context, verb: string): Refusal | null {
  if (target === undefined) return noEntry(ref);
  if (target.kind !== 'noted')
    return refuse('forbidden', `#${ref} was written by the system; add a note instead of trying to ${verb} it`);
  if (state.annotations[ref]?.retracted) return refuse('conflict', `#${ref} is retracted already`);
  const { ic, deputy, scribe } = state.roles;
  if (target.by.name !== actor.name && ![ic, deputy, scribe].includes(actor.name))
    return refuse('forbidden', `#${ref} is ${target.by.name}'s; only they, the IC or the scribe may ${verb} it`);
  return null;
}
