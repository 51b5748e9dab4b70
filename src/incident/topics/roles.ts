/** Roles: assign, take, release, hand over. One holder per role. */
import * as v from 'valibot';
import { mayCommand, mayNotHandOver, notYours, whoSet } from '../authority.ts';
import { command, drafting, ended, event, type Context } from '../context.ts';
import { refuse, type Decision, type Refusal } from '../decision.ts';
import { isEnded, type Incident } from '../incident.ts';
import { isName, NAME_LENGTH, nameRule, strangerInWords } from '../person-name.ts';
import { instant, maybe, personName, roleShape, short, why } from '../shapes.ts';
import type { Mark } from '../topic.ts';
import { roleName, type Envelope, type Instant, type Role } from '../vocabulary.ts';
import { because, lastSet } from './folding.ts';

const label = (role: Role): string => (role === 'ic' ? 'IC' : role);

const ROLE_CHANGE = { level: 'key', mark: (): Mark => 'people', finds: ['role'] } as const;

const events = {
  /** `from`: the previous holder. */
  role_assigned: event({
    shape: v.object({ role: roleShape, name: v.string(), from: v.nullable(v.string()), why: maybe(v.string()) }),
    ...ROLE_CHANGE,
    fold(state, event) {
      const { role, name } = event.data;
      const { respondedAt } = state.timestamps;
      return {
        ...hold(state, role, name, event),
        offer: role === 'ic' ? null : state.offer,
        timestamps: { ...state.timestamps, respondedAt: role === 'ic' ? (respondedAt ?? event.at) : respondedAt },
      };
    },
    sentence({ data: { role, name, from, why } }) {
      const before = from === null || from === name ? '' : `, was ${from}`;
      return `role ${roleName(role)} -> ${name}${before}${because(why)}`;
    },
  }),
  role_released: event({
    shape: v.object({ role: roleShape, name: v.string() }),
    ...ROLE_CHANGE,
    fold: (state, event) => ({
      ...hold(state, event.data.role, null, event),
      offer: event.data.role === 'ic' ? null : state.offer,
    }),
    sentence: ({ data: { role, name } }) => `role ${roleName(role)} released by ${name}`,
  }),
  /** The IC stays until the other accepts. */
  role_offered: event({
    shape: v.object({ role: roleShape, name: v.string(), from: v.string() }),
    ...ROLE_CHANGE,
    fold: (_, { at, data: { name, from } }) => ({ offer: { name, from, at } }),
    sentence: ({ data: { role, name, from } }) => `role ${roleName(role)} offered by ${from} to ${name}`,
  }),
  role_declined: event({
    shape: v.object({ role: roleShape, name: v.string() }),
    ...ROLE_CHANGE,
    fold: () => ({ offer: null }),
    sentence: ({ by, data: { role, name } }) =>
      by.name === name
        ? `role ${roleName(role)} declined by ${name}`
        : `offer of role ${roleName(role)} to ${name} withdrawn by ${by.name}`,
  }),
};
const draft = drafting(events);

/** Set if the person confirmed that nobody by this name was here. */
const unseen = maybe(v.literal(true));
const assign = v.object({
  role: roleShape,
  name: personName,
  why: maybe(why),
  seen: maybe(v.nullable(short(NAME_LENGTH))),
  unseen,
  at: maybe(instant),
});

export const rolesTopic = {
  events,
  commands: {
    assign_role: command({
      shape: assign,
      pending: ({ role, name }) => `${role}: ${name}`,
      decide(state, command, context) {
        const { role, name, seen, why, at } = command;
        const me = context.actor.name;
        const holder = state.roles[role];
        if (isEnded(state)) return ended(state);
        if (!isName(name)) return refuse('invalid', nameRule('a name'));
        if (holder === name) return refuse('conflict', `${name} is ${label(role)} already`);
        if (seen !== undefined && seen !== holder)
          return refuse('conflict', `${holder ?? 'nobody'} is ${label(role)} by now${whoSet(state, role)}`);
        const assigned = (): Decision =>
          nobodyHere(command, context) ?? [
            draft(state, context, 'role_assigned', { role, name, from: holder, why }, { at, level: levelOf(role) }),
          ];
        if (holder === null) {
          if (name === me || mayCommand(state, me)) return assigned();
          return notYours(state, 'gives roles to others; anyone may take a vacant one');
        }
        if (role === 'ic') {
          if (holder === me) return nobodyHere(command, context) ?? offered(state, context, name, at);
          return takeOver(state, command, context, assigned);
        }
        if (mayCommand(state, me)) return assigned();
        if (name === me) return refuse('conflict', `${holder} is ${label(role)}${whoSet(state, role)}; ask the IC`);
        return notYours(state, 'assigns roles');
      },
    }),

    release_role: command({
      shape: v.object({ role: roleShape, at: maybe(instant) }),
      pending: ({ role }) => `release ${role}`,
      decide(state, command, context) {
        const { role, at } = command;
        const holder = state.roles[role];
        if (holder === null) return refuse('conflict', `nobody is ${label(role)}`);
        if (holder !== context.actor.name && !mayCommand(state, context.actor.name))
          return notYours(state, "releases somebody else's role");
        return [draft(state, context, 'role_released', { role, name: holder }, { at, level: levelOf(role) })];
      },
    }),

    offer_command: command({
      shape: v.object({ name: personName, unseen, at: maybe(instant) }),
      pending: ({ name }) => `offer command to ${name}`,
      decide(state, command, context) {
        const { name, at } = command;
        if (isEnded(state)) return ended(state);
        const why = mayNotHandOver(state, context.actor.name);
        if (why !== null) return refuse('forbidden', why);
        if (!isName(name)) return refuse('invalid', nameRule('a name'));
        if (name === context.actor.name) return refuse('invalid', 'you are IC already');
        return nobodyHere(command, context) ?? offered(state, context, name, at);
      },
    }),

    accept_command: command({
      shape: v.object({ at: maybe(instant) }),
      pending: () => 'accept command',
      decide(state, { at }, context) {
        const { offer } = state;
        if (isEnded(state)) return ended(state);
        if (offer === null) return refuse('not_now', 'command is not on offer');
        if (offer.name !== context.actor.name) return refuse('forbidden', `command is offered to ${offer.name}`);
        return [draft(state, context, 'role_assigned', { role: 'ic', name: offer.name, from: state.roles.ic }, { at })];
      },
    }),

    decline_command: command({
      shape: v.object({ at: maybe(instant) }),
      pending: () => 'decline command',
      decide(state, { at }, context) {
        const { offer } = state;
        if (offer === null) return refuse('not_now', 'command is not on offer');
        if (offer.name !== context.actor.name && offer.from !== context.actor.name)
          return refuse('forbidden', `command is offered to ${offer.name}`);
        return [draft(state, context, 'role_declined', { role: 'ic', name: offer.name }, { at })];
      },
    }),
  },
};

/** Asks once about a name that nobody here has: it is mistyped, or somebody who is still to come. */
function nobodyHere({ name, unseen }: { name: string; unseen?: true }, { actor, knownNames }: Context): Refusal | null {
  if (unseen || name === actor.name || knownNames === undefined) return null;
  const doubt = strangerInWords(name, knownNames());
  return doubt === null ? null : refuse('not_found', `${doubt}; if you mean it: --new, or a ! behind the name`);
}

const levelOf = (role: Role) => (role === 'ic' ? 'key' : 'normal');

function hold(state: Incident, role: Role, name: string | null, { at, by }: Envelope): Partial<Incident> {
  return {
    roles: { ...state.roles, [role]: name },
    rolesSince: { ...state.rolesSince, [role]: name === null ? null : at },
    lastSet: lastSet(state, role, by.name, at),
  };
}

const offered = (state: Incident, context: Context, name: string, at?: Instant): Decision => [
  draft(state, context, 'role_offered', { role: 'ic', name, from: context.actor.name }, { at }),
];

/** Command from another holder: by the deputy, or with a reason by anyone once the IC is disconnected. */
function takeOver(
  state: Incident,
  { name, why }: v.InferOutput<typeof assign>,
  { actor, icAbsentMs, policy }: Context,
  assigned: () => Decision,
): Decision {
  const holder = state.roles.ic ?? '';
  if (name !== actor.name)
    return refuse('forbidden', `${holder} is IC${whoSet(state, 'ic')}; only they hand command over`);
  if (icAbsentMs < policy.icAbsentMs && state.roles.deputy !== name) {
    const wait = Math.round(policy.icAbsentMs / 1000);
    return refuse(
      'conflict',
      `${holder} is IC${whoSet(state, 'ic')}; ask them to hand over. Once their console is gone for ${wait} s anyone may take over with a reason`,
    );
  }
  if (why === undefined || why.trim() === '') return refuse('invalid', `say why you take over from ${holder}`);
  return assigned();
}
