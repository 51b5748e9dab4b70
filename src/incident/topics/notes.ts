/** Notes of every form, open items, and corrections. */
import * as v from 'valibot';
import { annotate } from '../annotations.ts';
import {
  BOUNDS,
  shortenText,
  isOpen,
  settled,
  withDecision,
  withOpen,
  withoutDecision,
  withoutOpen,
} from '../bounds.ts';
import { command, drafting, event, noEntry, type Context } from '../context.ts';
import { refuse, type Refusal } from '../decision.ts';
import type { Incident, OpenItem } from '../incident.ts';
import { isName, NAME_LENGTH, nameRule } from '../person-name.ts';
import { dueTime } from '../time.ts';
import { defined, UNCHANGED, type Mark } from '../topic.ts';
import { instant, TEXT_LIMITS, maybe, short, textShape, TICKET_LENGTH, time, whole, why } from '../shapes.ts';
import { NOTE_FORMS, type NoteForm } from '../vocabulary.ts';
import { because } from './folding.ts';

const FORMS: Readonly<Record<NoteForm, string>> = {
  note: '',
  finding: 'FINDING',
  hypothesis: 'HYPOTHESIS',
  decision: 'DECISION',
  question: 'Q:',
  action: 'ACTION',
};

const QUIET = { level: 'system', mark: (): Mark => 'quiet' } as const;

const events = {
  noted: event({
    shape: v.object({
      text: v.string(),
      form: v.picklist(NOTE_FORMS),
      to: maybe(v.string()),
      due: maybe(time),
      /** Settles the open item it refers to. */
      closes: maybe(v.literal(true)),
      /** Where an action is tracked. */
      ticket: maybe(v.string()),
    }),
    implied: { form: 'note' },
    finds: NOTE_FORMS,
    findsAs: ({ data }) => data.form,
    mark: ({ data: { form } }) => (form === 'note' ? 'plain' : form),
    fold(state, { seq, ref, at, by, data: { form, text, to, due, closes, ticket } }) {
      if (form === 'note' && !closes) return UNCHANGED;
      const rest = closes ? settled(state, ref) : state;
      if (form === 'decision')
        return {
          ...rest,
          ...withDecision(rest, { seq, text, by: by.name, at, state: 'stands', agreed: [], objected: [] }),
        };
      if (form === 'note' || form === 'finding') return rest;
      return withOpen(
        rest,
        defined<OpenItem>({ seq, form, text: shortenText(text), by: by.name, at, to, due, ticket }),
      );
    },
    sentence({ ref, at, data: { form, text, to, due, closes, ticket } }) {
      const re = ref === undefined ? '' : closes ? `closes #${ref}:` : `re #${ref}:`;
      // People often repeat the name and the time in the text.
      const whom = to === undefined || text.startsWith(`@${to}`) ? '' : `@${to}`;
      const isSaid = /\b(?:due|by)\s+\S+$/i.test(text);
      const until = due === undefined ? '' : `(${isSaid ? '' : 'due '}${dueTime(Date.parse(due), Date.parse(at))})`;
      const tracked = ticket === undefined || text.includes(ticket) ? '' : `[${ticket}]`;
      return [FORMS[form], re, whom, text, until, tracked].filter((part) => part !== '').join(' ');
    },
  }),
  amended: event({
    shape: v.object({ text: maybe(v.string()), at: maybe(time), why: v.string() }),
    ...QUIET,
    finds: ['amend'],
    fold(state, event) {
      const { ref, data } = event;
      const annotated = annotate(state, event, { amended: data });
      const { text } = data;
      const { done } = state;
      if (text === undefined) return annotated;
      const amended = <T extends { readonly seq: number; readonly text: string }>(all: readonly T[]): readonly T[] =>
        all.map((one) => (one.seq === ref ? { ...one, text: shortenText(text) } : one));
      const changed = { open: amended(state.open), decisions: amended(state.decisions) };
      return { ...annotated, ...changed, ...(done && { done: amended(done) }) };
    },
    sentence({ ref, data: { text, at, why } }) {
      const moved = at === undefined ? '' : ` time is ${at}`;
      return `amended #${ref ?? '?'}${moved}${text === undefined ? '' : `: ${text}`}${because(why)}`;
    },
  }),
  retracted: event({
    shape: v.object({ why: v.string() }),
    ...QUIET,
    finds: ['retract'],
    fold(state, event) {
      const { done } = state;
      const without = {
        ...withoutOpen(state, event.ref),
        ...withoutDecision(state, event.ref),
        ...(done && { done: done.filter(({ seq }) => seq !== event.ref) }),
      };
      return { ...without, ...annotate(without, event, { retracted: event.data }) };
    },
    sentence: ({ ref, data: { why } }) => `retracted #${ref ?? '?'}${because(why)}`,
  }),
  pinned: event({
    shape: v.object({ pinned: v.boolean() }),
    ...QUIET,
    finds: ['pin'],
    fold: (state, event) => annotate(state, event, event.data),
    sentence: ({ ref, data: { pinned } }) => `${pinned ? 'pinned' : 'unpinned'} #${ref ?? '?'}`,
  }),
};
const draft = drafting(events);

export const notesTopic = {
  events,
  commands: {
    note: command({
      shape: v.object({
        text: textShape,
        form: maybe(v.picklist(NOTE_FORMS)),
        at: maybe(instant),
        to: maybe(short(NAME_LENGTH)),
        due: maybe(instant),
        /** The entry it answers. */
        re: maybe(whole(1)),
        /** Settles that entry; a reply to a question always does. */
        closes: maybe(v.boolean()),
        pin: maybe(v.boolean()),
        /** Of an action: its name where it is tracked, or a link to it. */
        ticket: maybe(short(TICKET_LENGTH)),
      }),
      pending: ({ text }) => text,
      decide(state, { form = 'note', at, to, due, re, closes, pin, ticket, ...rest }, context) {
        const text = rest.text.trimEnd();
        if (text.trim() === '') return refuse('invalid', 'an entry needs words');
        if (text.length > TEXT_LIMITS.text) return refuse('invalid', tooLong(text));
        if (to !== undefined && !isName(to)) return refuse('invalid', nameRule('the name after @'));
        if (ticket !== undefined && form !== 'action') return refuse('invalid', 'a ticket is for an action');
        if (re !== undefined && context.target === undefined) return noEntry(re);
        const settles = re !== undefined && isOpen(state, re);
        if (closes && !settles) return refuse('invalid', 'that entry is not an open item');
        const full = form === 'note' || form === 'finding' || form === 'decision' ? null : tooManyOpen(state, context);
        if (full) return full;
        if (pin && pinsOf(state).length >= BOUNDS.pins) return tooManyPins(state);
        const isSettled = settles && (closes || context.target?.data['form'] === 'question');
        const data = { text, form, to, due, closes: isSettled ? (true as const) : undefined, ticket };
        const level = form === 'decision' || pin ? 'key' : 'normal';
        const note = draft(state, context, 'noted', data, { level, at, ref: re });
        if (!pin) return [note];
        return [note, draft(state, context, 'pinned', { pinned: true }, { ref: state.head + 1 })];
      },
    }),

    amend: command({
      shape: v.object({ ref: whole(1), text: maybe(textShape), at: maybe(instant), why }),
      pending: ({ ref, text }) => `amend #${ref}${text === undefined ? '' : `: ${text}`}`,
      decide(state, { ref, text, at, why }, context) {
        const fault = mayCorrect(state, ref, context, 'amend');
        if (fault) return fault;
        if (why.trim() === '') return refuse('invalid', 'a correction says why');
        if (text === undefined && at === undefined) return refuse('invalid', 'give the new text or the new time');
        if (text !== undefined && text.trim() === '') return refuse('invalid', 'to take an entry back, retract it');
        if (text !== undefined && text.length > TEXT_LIMITS.text) return refuse('invalid', tooLong(text));
        return [draft(state, context, 'amended', { why, text, at }, { ref })];
      },
    }),

    retract: command({
      shape: v.object({ ref: whole(1), why }),
      pending: ({ ref, why }) => `retract #${ref}: ${why}`,
      decide(state, { ref, why }, context) {
        const fault = mayCorrect(state, ref, context, 'retract');
        if (fault) return fault;
        if (why.trim() === '') return refuse('invalid', 'a retraction says why');
        // An import is taken back with the entries that came with it.
        const count = context.target?.kind === 'imported' ? Number(context.target.data['count']) : 0;
        return Array.from({ length: count + 1 }, (_, i) => ref + i)
          .filter((seq) => !state.annotations[seq]?.retracted)
          .map((seq) => draft(state, context, 'retracted', { why }, { ref: seq }));
      },
    }),

    pin: command({
      shape: v.object({ ref: whole(1), pinned: maybe(v.boolean()) }),
      pending: ({ ref, pinned }) => `${pinned === false ? 'unpin' : 'pin'} #${ref}`,
      decide(state, { ref, pinned = true }, context) {
        if (context.target === undefined) return noEntry(ref);
        if ((state.annotations[ref]?.pinned ?? false) === pinned)
          return refuse('conflict', `#${ref} is ${pinned ? 'pinned already' : 'not pinned'}`);
        if (pinned && pinsOf(state).length >= BOUNDS.pins) return tooManyPins(state);
        if (pinned && ref < (state.more?.annotatedFrom ?? 0) && state.annotations[ref] === undefined)
          return refuse('not_now', `too much was corrected since #${ref}; pin a note that refers to it instead`);
        return [draft(state, context, 'pinned', { pinned }, { ref })];
      },
    }),
  },
};

const tooLong = ({ length }: string): string =>
  `an entry has at most ${TEXT_LIMITS.text} characters; this one has ${length}`;

/** Bounded per person, so that nobody hides the items of others. */
function tooManyOpen({ open }: Incident, { actor }: Context): Refusal | null {
  const mine = open.filter(({ by }) => by === actor.name);
  if (mine.length < BOUNDS.openPerPerson) return null;
  const first = mine.slice(0, 3).map(({ seq }) => `#${seq}`);
  return refuse(
    'not_now',
    `${mine.length} open items are yours; settle some of them first, such as ${first.join(', ')}`,
  );
}

const pinsOf = ({ annotations }: Incident): readonly string[] =>
  Object.keys(annotations).filter((seq) => annotations[Number(seq)]?.pinned);
const tooManyPins = (state: Incident): Refusal =>
  refuse('not_now', `${BOUNDS.pins} entries are pinned; take a pin off first, such as that of #${pinsOf(state)[0]}`);

/** Authors correct their own notes; IC, deputy and scribe any note. */
function mayCorrect(state: Incident, ref: number, { target, actor }: Context, verb: string): Refusal | null {
  if (target === undefined) return noEntry(ref);
  if (target.kind !== 'noted' && !(target.kind === 'imported' && verb === 'retract'))
    return refuse('forbidden', `#${ref} was written by the system; add a note instead of trying to ${verb} it`);
  if (state.annotations[ref]?.retracted) return refuse('conflict', `#${ref} is retracted already`);
  const { ic, deputy, scribe } = state.roles;
  if (target.by.name !== actor.name && ![ic, deputy, scribe].includes(actor.name))
    return refuse('forbidden', `#${ref} is ${target.by.name}'s; only they, the IC or the scribe may ${verb} it`);
  return null;
}
