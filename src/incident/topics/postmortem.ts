/** The postmortem, written by section and published; and whose the action items are that are left. */
import * as v from 'valibot';
import { mayCommand, onlyTheCommander } from '../authority.ts';
import { shortenText } from '../bounds.ts';
import { command, drafting, event, noEntry } from '../context.ts';
import { refuse, type Refusal } from '../decision.ts';
import type { Incident, OpenItem } from '../incident.ts';
import { isName, NAME_LENGTH, nameRule } from '../person-name.ts';
import {
  AUTHORS,
  badCharacter,
  emptySections,
  isSection,
  NO_POSTMORTEM,
  SECTION_IDS,
  SECTION_LENGTH,
  SECTIONS,
  sectionText,
  titlesOf,
} from '../postmortem.ts';
import { instant, maybe, short, TICKET_LENGTH, time, whole } from '../shapes.ts';
import { defined, UNCHANGED } from '../topic.ts';

/** A section's text in the words of an entry, characters. */
const SHOWN = 100;

const assignmentShape = v.object({
  to: maybe(v.nullable(v.string())),
  due: maybe(v.nullable(time)),
  ticket: maybe(v.nullable(v.string())),
});
type Assignment = Readonly<v.InferOutput<typeof assignmentShape>>;
const ASSIGNED = { to: 'owner', due: 'due date', ticket: 'ticket' } as const;

const events = {
  postmortem_written: event({
    // Newer versions may have further sections.
    shape: v.object({ section: v.string(), text: v.string() }),
    mark: () => 'people',
    finds: ['postmortem'],
    fold({ postmortem = NO_POSTMORTEM }, { seq, at, by, data: { section, text } }) {
      if (!isSection(section)) return UNCHANGED;
      const { sections, authors } = postmortem;
      const written = { seq, at, by: by.name, text: shortenText(text, SECTION_LENGTH) };
      return {
        postmortem: {
          ...postmortem,
          sections: { ...sections, [section]: written },
          authors: authors.includes(by.name) ? authors : [...authors, by.name].slice(0, AUTHORS),
        },
      };
    },
    sentence: ({ data: { section, text } }) =>
      `POSTMORTEM ${isSection(section) ? SECTIONS[section].title : section}: ${text === '' ? '(empty)' : shortenText(text.replaceAll(/\s+/g, ' '), SHOWN)}`,
  }),
  postmortem_published: event({
    /** The sections that were empty, and that was known. */
    shape: v.object({ empty: maybe(v.pipe(v.array(v.string()), v.readonly())) }),
    level: 'key',
    mark: () => 'key',
    finds: ['postmortem'],
    fold: ({ timestamps, postmortem = NO_POSTMORTEM }, { seq, at, by }) => ({
      timestamps: { ...timestamps, postmortemPublishedAt: timestamps.postmortemPublishedAt ?? at },
      postmortem: { ...postmortem, published: { seq, at, by: by.name } },
    }),
    sentence: ({ data: { empty = [] } }) =>
      `POSTMORTEM published${empty.length === 0 ? '' : `, without ${titlesOf(empty.filter(isSection))}`}`,
  }),
  /** Owner, due date or ticket of the open action it refers to; null: none any more. */
  action_assigned: event({
    shape: assignmentShape,
    mark: () => 'action',
    finds: ['action'],
    fold: ({ open }, { ref, data }) => ({ open: open.map((item) => (item.seq === ref ? assigned(item, data) : item)) }),
    sentence: ({ ref, data: { to, due, ticket } }) =>
      `ACTION #${ref ?? '?'}: ${[
        ...(to === undefined ? [] : [to === null ? 'no owner' : `@${to}`]),
        ...(due === undefined ? [] : [due === null ? 'no due date' : `due ${due.slice(0, 16)}Z`]),
        ...(ticket === undefined ? [] : [ticket === null ? 'no ticket' : `ticket ${ticket}`]),
      ].join(', ')}`,
  }),
};
const draft = drafting(events);

/** The item with what was said of it; null takes it away. */
function assigned({ to: owner, due: until, ticket: number, ...item }: OpenItem, said: Assignment): OpenItem {
  const or = (given: string | null | undefined, before: string | undefined): string | undefined =>
    given === undefined ? before : (given ?? undefined);
  return defined<OpenItem>({
    ...item,
    to: or(said.to, owner),
    due: or(said.due, until),
    ticket: or(said.ticket, number),
  });
}

const asked = {
  to: maybe(v.nullable(short(NAME_LENGTH))),
  due: maybe(v.nullable(instant)),
  ticket: maybe(v.nullable(short(TICKET_LENGTH))),
};

export const postmortemTopic = {
  events,
  commands: {
    /** `after`: the `seq` of the text that the author saw; 0: there was none. */
    write_postmortem: command({
      shape: v.object({ section: v.picklist(SECTION_IDS), text: short(SECTION_LENGTH), after: whole(0) }),
      pending: ({ section, text }) => `${SECTIONS[section].title}: ${text}`,
      decide(state, { section, text: given, after }, context) {
        const fault = notYet(state);
        if (fault) return fault;
        const known = state.postmortem?.sections[section];
        const { title } = SECTIONS[section];
        if ((known?.seq ?? 0) !== after)
          return refuse(
            'conflict',
            known === undefined
              ? `"${title}" has no text yet`
              : `${known.by} wrote "${title}" at ${known.at.slice(0, 16)}Z (#${known.seq}); read it, then write yours again`,
          );
        const text = sectionText(given);
        if (badCharacter(text) >= 0) return refuse('invalid', `the text of "${title}" has control characters`);
        if (text === (known?.text ?? '')) return refuse('conflict', `"${title}" has this text already`);
        return [draft(state, context, 'postmortem_written', { section, text })];
      },
    }),

    publish_postmortem: command({
      shape: v.object({}),
      pending: () => 'publish the postmortem',
      decide(state, _, context) {
        const fault = notYet(state);
        if (fault) return fault;
        const { actor } = context;
        const { authors, published } = state.postmortem ?? NO_POSTMORTEM;
        if (!mayCommand(state, actor.name) && !authors.includes(actor.name))
          return refuse(
            'forbidden',
            `${onlyTheCommander(state, 'or an author publishes the postmortem')}; write your part first`,
          );
        if (state.head === published?.seq)
          return refuse(
            'conflict',
            `${published.by} published it at ${published.at.slice(0, 16)}Z, and nothing changed since`,
          );
        const empty = emptySections(state.postmortem);
        return [draft(state, context, 'postmortem_published', empty.length === 0 ? {} : { empty })];
      },
    }),

    /** What is left out stays as it was; null takes it away. `seen`: what the person saw of it. */
    assign_action: command({
      shape: v.object({ ref: whole(1), ...asked, seen: maybe(v.object(asked)) }),
      pending: ({ ref, to }) => `action #${ref}${to == null ? '' : ` for ${to}`}`,
      decide(state, { ref, to, due, ticket, seen = {} }, context) {
        if (context.target === undefined) return noEntry(ref);
        const item = state.open.find(({ seq, form }) => seq === ref && form === 'action');
        if (item === undefined) return refuse('not_now', `#${ref} is no open action`);
        if (to != null && !isName(to)) return refuse('invalid', nameRule('the owner'));
        if (ticket?.trim() === '') return refuse('invalid', 'a ticket has a number or a name');
        const wish = defined<Assignment>({
          to,
          due: due && new Date(due).toISOString(),
          ticket: ticket?.trim() ?? ticket,
        });
        const names = (['to', 'due', 'ticket'] as const).filter(
          (name) => wish[name] !== undefined && wish[name] !== (item[name] ?? null),
        );
        if (names.length === 0) return refuse('conflict', `nothing of #${ref} would change`);
        const other = names.find((name) => seen[name] !== undefined && seen[name] !== (item[name] ?? null));
        if (other !== undefined)
          return refuse('conflict', `the ${ASSIGNED[other]} of #${ref} is ${item[other] ?? 'none'} by now; look again`);
        const news = Object.fromEntries(names.map((name) => [name, wish[name]]));
        return [draft(state, context, 'action_assigned', news, { ref })];
      },
    }),
  },
};

/** It is written once the work is over. */
function notYet({ status, related }: Incident): Refusal | null {
  if (status === 'resolved' || status === 'closed') return null;
  const into = status === 'merged' ? related.at(-1) : undefined;
  return refuse(
    'not_now',
    into === undefined
      ? `a postmortem is written once the incident is resolved; this one is ${status}`
      : `this incident was merged into ${into.id}: its postmortem is written there`,
  );
}
