/** Assign, take and release roles; offer command to somebody, who becomes IC by accepting it. */
import { roleName, ROLES, type Role } from '../../incident/vocabulary.ts';
import { HANDBOOK_DUTIES } from '../../incident/policy.ts';
import { mayCommand, mayNotHandOver } from '../../incident/authority.ts';
import { span, type Line } from '../../terminal/text.ts';
import { type HubAction, type Choice, filled, firstWord, noIncident, notOpen } from '../action.ts';
import { briefLines } from '../entry-lines.ts';
import { type View, names, stranger } from '../view.ts';

const parseRole = (word: string): Role | null =>
  ROLES.find((role) => role === word.toLowerCase()) ?? (/^commander$/i.test(word) ? 'ic' : null);

/** A name as typed: `@carol`, `carol`, `me`. */
export const person = (text: string, view: View): string => {
  const name = text.trim().replace(/^@/, '');
  return name === 'me' ? view.me : name;
};

/** A sentence when nobody here has this name and it does not end in `!`, which confirms it; null otherwise. */
function mistyped(name: string, view: View): string | null {
  const doubt = name === '' || name.endsWith('!') ? null : stranger(name, view);
  return doubt === null ? null : `${doubt}; if they are still to come: ${name}!`;
}

/** `unseen` tells the hub that an unknown name was confirmed. */
const named = (typed: string, view: View): { readonly name: string; readonly unseen?: true } => {
  const name = typed.replace(/!$/, '');
  return names(view).includes(name) ? { name } : { name, unseen: true };
};

/** Whoever commands does not work on the systems at the same time. */
function bothHands({ incident }: View, role: string, name: string): readonly Line[] {
  const other = role === 'ic' ? 'ops' : role === 'ops' ? 'ic' : null;
  if (other === null || name === '' || incident?.roles[other] !== name) return [];
  return [[span(`${name} is ${roleName(other)}: whoever commands keeps their hands off the systems`, 'warn')]];
}

const roleChoices = (view: View): readonly (Choice & { readonly value: Role })[] =>
  ROLES.map((value) => ({
    value,
    label: roleName(value),
    about: `${(view.policy?.duties ?? HANDBOOK_DUTIES)[value]}, now ${view.incident?.roles[value] ?? 'nobody'}`,
  }));

/** The first role that nobody holds. */
const vacant = (view: View): string => ROLES.find((role) => view.incident?.roles[role] === null) ?? 'ic';

const offered = (view: View): string | null => {
  const offer = view.incident?.offer ?? null;
  const why = notOpen(view);
  if (why !== null) return why;
  if (offer === null) return 'command is not on offer';
  return offer.name === view.me ? null : `command is offered to ${offer.name}`;
};

export const roleActions: readonly HubAction[] = [
  {
    name: 'role',
    key: 'f4',
    alt: 'alt-r',
    does: 'give or take a role',
    hint: 'roles',
    usage: '/role ic|scribe|comms|ops|deputy [NAME] [because why]',
    whyNot: notOpen,
    title: () => 'ASSIGN ROLE',
    verb: 'assign',
    fields: [
      { kind: 'choice', name: 'role', ask: 'Role', needed: true, from: roleChoices, initial: vacant },
      {
        kind: 'person',
        name: 'name',
        ask: 'Who',
        needed: true,
        /** Command that nobody has is taken; other roles are given. */
        advised: (view, { role }) => (role === 'ic' && view.incident?.roles.ic === null ? view.me : null),
      },
      { kind: 'text', name: 'why', ask: 'Reason', inline: true },
    ],
    parse(args, view) {
      const [word, rest] = firstWord(args);
      const which = parseRole(word);
      if (which === null) return `"${word}" is no role: ${ROLES.join(', ')}`;
      const [name = '', why = ''] = rest.split(/(?:^|\s+)because\s+/);
      // Without a name one takes a vacant role; the form asks before it is taken from somebody.
      if (name === '') return { role: which, why, ...(view.incident?.roles[which] == null ? { name: view.me } : {}) };
      return mistyped(person(name, view), view) ?? { role: which, name: person(name, view), why };
    },
    print: { assign_role: ({ role, name, why }) => [role, name, why && `because ${why}`] },
    command(view, { role: word = '', name = '', why = '' }) {
      const which = parseRole(word);
      const who = person(name, view);
      if (which === null) return 'pick a role';
      if (who === '') return 'say who: a name, or me';
      const seen = view.incident?.roles[which] ?? null;
      if (seen === who) return `${who} is ${roleName(which)} already`;
      return { kind: 'assign_role', role: which, ...named(who, view), seen, ...filled({ why }) };
    },
    advice: (view, { role: word = '', name = '' }) => bothHands(view, word, person(name, view)),
    watch(view, { role: word = '' }) {
      const which = parseRole(word) ?? 'ic';
      return { what: which, value: view.incident?.roles[which] ?? null };
    },
  },
  {
    name: 'release',
    does: 'release a role',
    usage: '/release [ic|scribe|comms|ops|deputy]',
    whyNot(view) {
      const { incident, me } = view;
      if (incident === null) return noIncident(view);
      const held = ROLES.filter((each) => incident.roles[each] !== null);
      if (held.length === 0) return 'nobody holds a role';
      if (!held.some((each) => incident.roles[each] === me) && !mayCommand(incident, me)) return 'you hold no role';
      return noIncident(view);
    },
    title: () => 'RELEASE ROLE',
    fields: [
      {
        kind: 'choice',
        name: 'role',
        ask: 'Role',
        needed: true,
        from: (view) => roleChoices(view).filter(({ value }) => view.incident?.roles[value] !== null),
        initial: (view) => ROLES.find((each) => view.incident?.roles[each] === view.me) ?? '',
      },
    ],
    print: { release_role: ({ role }) => [role] },
    command(_view, { role: word = '' }) {
      const which = parseRole(word);
      return which === null ? `"${word}" is no role: ${ROLES.join(', ')}` : { kind: 'release_role', role: which };
    },
  },
  {
    name: 'handover',
    key: 'f7',
    alt: 'alt-h',
    does: 'hand command over',
    hint: 'hand over',
    usage: '/handover NAME',
    whyNot: (view) => notOpen(view) ?? (view.incident === null ? null : mayNotHandOver(view.incident, view.me)),
    title: () => 'HAND OVER INCIDENT COMMAND',
    verb: 'offer command',
    fields: [{ kind: 'person', name: 'name', ask: 'To', needed: true, others: true }],
    parse: (args, view) => mistyped(person(args, view), view) ?? { name: person(args, view) },
    print: { offer_command: ({ name }) => [name] },
    command(view, { name = '' }) {
      const who = person(name, view);
      if (who === '') return 'say who takes command';
      if (who === view.me) return 'you are IC already';
      return { kind: 'offer_command', ...named(who, view) };
    },
    advice: (view) => (view.incident === null ? [] : briefLines(view.incident, view.now, 68)),
    watch: (view) => ({ what: 'ic', value: view.incident?.roles.ic ?? null }),
  },
  {
    name: 'accept',
    does: 'accept command: you are IC',
    whyNot: offered,
    fields: [],
    print: { accept_command: () => [] },
    command: () => ({ kind: 'accept_command' }),
  },
  {
    name: 'decline',
    does: 'decline command, or withdraw your offer',
    whyNot: (view) => (view.incident?.offer?.from === view.me ? noIncident(view) : offered(view)),
    fields: [],
    print: { decline_command: () => [] },
    command: () => ({ kind: 'decline_command' }),
  },
];
