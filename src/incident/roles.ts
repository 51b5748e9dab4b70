/** Who does what: assign, take, release, hand over. One holder per role, and never two in command. */
import { draft, ended, notYours, refuse, whoSet, type Answer, type Context, type Rule } from './decision.ts';
import type { Command } from './command.ts';
import type { Role } from './vocabulary.ts';
import { isEnded, mayCommand, type Incident } from './incident.ts';
import { isName, nameRule } from './person-name.ts';

type RoleCommand = 'assign_role' | 'release_role' | 'offer_command' | 'accept_command' | 'decline_command';
const label: Readonly<Record<Role, string>> = {
  ic: 'IC',
  scribe: 'scribe',
  comms: 'comms',
  ops: 'ops',
  deputy: 'deputy',
};

export const decideRole: { readonly [K in RoleCommand]: Rule<K> } = {
  assign_role(state, command, context) {
    const { role, name, seen, why } = command;
    const me = context.actor.name;
    const holder = state.roles[role];
    if (isEnded(state)) return ended(state);
    if (!isName(name)) return refuse('invalid', nameRule('a name'));
    if (holder === name) return refuse('conflict', `${name} is ${label[role]} already`);
    if (seen !== undefined && seen !== holder)
      return refuse('conflict', `${holder ?? 'nobody'} is ${label[role]} by now${whoSet(state, role)}`);

    const assigned = (): Answer => [
      draft(state, context, 'role_assigned', role === 'ic' ? 'key' : 'normal', context.now, {
        role,
        name,
        from: holder,
        ...(why === undefined ? {} : { why }),
      }),
    ];
    if (holder === null) {
      if (name === me || mayCommand(state, me)) return assigned();
      return notYours(state, 'gives roles to others; anyone may take a vacant one');
    }
    if (role === 'ic') {
      if (holder === me) return [offered(state, context, name)];
      return takeOver(state, command, context, assigned);
    }
    if (mayCommand(state, me)) return assigned();
    if (name === me) return refuse('conflict', `${holder} is ${label[role]}${whoSet(state, role)}; ask the IC`);
    return notYours(state, 'assigns roles');
  },

  release_role(state, { role }, context) {
    const holder = state.roles[role];
    if (holder === null) return refuse('conflict', `nobody is ${label[role]}`);
    if (holder !== context.actor.name && !mayCommand(state, context.actor.name))
      return notYours(state, "releases somebody else's role");
    const level = role === 'ic' ? 'key' : 'normal';
    return [draft(state, context, 'role_released', level, context.now, { role, name: holder })];
  },

  offer_command(state, { name }, context) {
    if (isEnded(state)) return ended(state);
    if (state.roles.ic !== context.actor.name)
      return refuse('forbidden', `only the IC hands over command; that is ${state.roles.ic ?? 'nobody: take it'}`);
    if (!isName(name)) return refuse('invalid', nameRule('a name'));
    if (name === context.actor.name) return refuse('invalid', 'you are IC already');
    return [offered(state, context, name)];
  },

  accept_command(state, _command, context) {
    const { offer } = state;
    if (isEnded(state)) return ended(state);
    if (offer === null) return refuse('not_now', 'command is not on offer');
    if (offer.name !== context.actor.name) return refuse('forbidden', `command is offered to ${offer.name}`);
    const data = { role: 'ic' as const, name: offer.name, from: state.roles.ic };
    return [draft(state, context, 'role_assigned', 'key', context.now, data)];
  },

  decline_command(state, _command, context) {
    const { offer } = state;
    if (offer === null) return refuse('not_now', 'command is not on offer');
    if (offer.name !== context.actor.name && offer.from !== context.actor.name)
      return refuse('forbidden', `command is offered to ${offer.name}`);
    return [draft(state, context, 'role_declined', 'key', context.now, { role: 'ic', name: offer.name })];
  },
};

const offered = (state: Incident, context: Context, name: string) =>
  draft(state, context, 'role_offered', 'key', context.now, { role: 'ic', name, from: context.actor.name });

/** Command is held by somebody else: only a deputy, or anyone with a reason once the IC's console is gone, takes it. */
function takeOver(
  state: Incident,
  { name, why }: Extract<Command, { kind: 'assign_role' }>,
  context: Context,
  assigned: () => Answer,
): Answer {
  const holder = state.roles.ic ?? '';
  if (name !== context.actor.name)
    return refuse('forbidden', `${holder} is IC${whoSet(state, 'ic')}; only they hand command over`);
  const absent = context.icAbsentMs >= context.policy.icAbsentMs;
  if (!absent && state.roles.deputy !== name) {
    const wait = Math.round(context.policy.icAbsentMs / 1000);
    return refuse(
      'conflict',
      `${holder} is IC${whoSet(state, 'ic')}; ask them to hand over. Once their console is gone for ${wait} s anyone may take over with a reason`,
    );
  }
  if (why === undefined || why.trim() === '') return refuse('invalid', `say why you take over from ${holder}`);
  return assigned();
}
