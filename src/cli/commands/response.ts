/** `warroom ack`, `sev`, `status`, `escalate`, `snooze`, and the roles: `role`, `release`, `handover`, `accept`, `decline`. */
import { DID_YOU_MEAN } from '../../incident/person-name.ts';
import type { Command } from '../../incident/command.ts';
import { leftInWords, leftOf } from '../../incident/topics/status.ts';
import { ESCALATION_LEVELS } from '../../incident/paging.ts';
import { parseDuration } from '../../incident/time.ts';
import { parseSeverity } from '../../incident/severity.ts';
import { EXIT, Exit, UsageError, wordOf, type CliCommand, type CliContext } from '../command.ts';
import { namedAlert } from '../queries.ts';
import { askHub, confirmed, fieldsOf, sendCommand, whyOption } from '../send-command.ts';
import { ROLES, type Role } from '../../incident/vocabulary.ts';
import { myName } from '../paths.ts';

export const ack: CliCommand = {
  usage: 'ack [--alert ID] [--at T]',
  about: 'acknowledge: you are on it; the incident, or an alert by its id or rule',
  run(context) {
    const name = context.text('alert');
    if (name === undefined) return sendCommand(context, { kind: 'acknowledge' }, ({ id }) => `acknowledged ${id}`);
    if (context.text('at') !== undefined)
      throw new UsageError('--at is for the incident: an alert is acknowledged now');
    return askHub(
      context,
      async (session) => ({ kind: 'acknowledge', alert: (await namedAlert(session, name)).alert }),
      `acknowledged ${name}`,
    );
  },
};

export const sev: CliCommand = {
  usage: 'sev 0..3 [--why TEXT] [--at T]',
  about: 'set the severity',
  run(context) {
    const [word, ...rest] = context.args;
    const to = word === undefined || rest.length > 0 ? null : parseSeverity(word);
    const wrong = word === undefined ? '' : `; not "${word}"`;
    if (to === null) throw context.wrong(`severities are 0 Critical, 1 High, 2 Medium, 3 Low${wrong}`);
    const command = { kind: 'set_severity', to, ...fieldsOf(context, 'why') } as const;
    return sendCommand(context, command, ({ severity }) => `${severity} -> ${to}`);
  },
};

const SETTABLE = ['investigating', 'identified', 'monitoring', 'resolved', 'closed', 'cancelled'] as const;

export const status: CliCommand = {
  usage: 'status investigating|identified|monitoring|resolved [--public TEXT] [--at T]',
  about: 'set the status; also closed, cancelled; investigating reopens',
  options: { why: { type: 'string' } },
  run(context) {
    const [word, ...rest] = context.args;
    const to = wordOf(SETTABLE, word);
    if (to === undefined || rest.length > 0) throw context.wrong(`status is one of ${SETTABLE.join(', ')}`);
    const command = { kind: 'set_status', to, ...fieldsOf(context, 'public', 'why') } as const;
    return sendCommand(
      context,
      command,
      (incident) => `${incident.status} -> ${to}`,
      async (session, { id, head }) => {
        if (!session.live || (to !== 'resolved' && to !== 'closed')) return;
        const left = leftInWords(leftOf(await session.held(id, head)));
        if (left === '') return;
        const goes = await confirmed(context, `${left}: set it to ${to} all the same?`);
        if (goes === null) context.err(`${to} with ${left}; the record says so`);
        if (goes === false) throw new Exit(EXIT.refused, 'nothing was changed');
      },
    );
  },
};

function roleOf(context: CliContext): Role {
  const found = wordOf(ROLES, context.args[0]);
  if (found === undefined) throw context.wrong(`roles are ${ROLES.join(', ')}`);
  return found;
}

/**
 * Sends a command that gives something to `name`. A name that nobody here has is asked about, unless `--new` confirms it;
 * where nobody can be asked it is taken with a warning, but one that looks mistyped is not.
 */
function sendNaming(
  context: CliContext,
  command: Extract<Command, { kind: 'assign_role' | 'offer_command' }>,
  said: string,
): Promise<number> {
  const confirmedCommand = { ...command, unseen: true } as const;
  if (context.on('new')) return sendCommand(context, confirmedCommand, said);
  return sendCommand(context, command, said, undefined, async ({ code, message }) => {
    if (code !== 'not_found') return null;
    const [doubt = ''] = message.split('; if you mean it');
    const goes = await confirmed(context, `${doubt}; go ahead all the same?`);
    if (goes === null && !message.includes(DID_YOU_MEAN)) {
      context.err(doubt);
      return confirmedCommand;
    }
    return goes === true ? confirmedCommand : null;
  });
}

export const role: CliCommand = {
  usage: 'role ic|scribe|comms|ops|deputy NAME [--new] [--why TEXT] [--at T]',
  about: 'take or give a role; command changes hands by an offer the other accepts',
  run(context) {
    const which = roleOf(context);
    const rest = context.args.slice(1);
    const name = rest.length === 0 ? myName(context) : rest.join(' ').trim().replace(/^@/, '');
    if (name === '') throw context.wrong('say who');
    const command = { kind: 'assign_role', role: which, name, ...fieldsOf(context, 'why') } as const;
    return sendNaming(context, command, `${which}: ${name}`);
  },
};

export const release: CliCommand = {
  usage: 'release ROLE',
  about: 'give up a role',
  words: 1,
  run(context) {
    const which = roleOf(context);
    return sendCommand(context, { kind: 'release_role', role: which }, `${which} released`);
  },
};

export const handover: CliCommand = {
  usage: 'handover NAME [--new]',
  about: 'offer command to somebody; you stay IC until they accept',
  run(context) {
    const name = context.args.join(' ').replace(/^@/, '');
    if (name === '') throw context.wrong('say to whom');
    const said = `command offered to ${name}; you are IC until they accept`;
    return sendNaming(context, { kind: 'offer_command', name }, said);
  },
};

export const accept: CliCommand = {
  usage: 'accept',
  about: 'accept command that was offered to you',
  run: (context) => sendCommand(context, { kind: 'accept_command' }, 'you are IC'),
};

export const decline: CliCommand = {
  usage: 'decline',
  about: 'decline command that was offered, or take the offer back',
  run: (context) => sendCommand(context, { kind: 'decline_command' }, 'declined'),
};

export const rollcall: CliCommand = {
  usage: 'rollcall [--here]',
  about: 'ask everybody to say that they are here; --here answers',
  options: { here: { type: 'boolean' } },
  run: (context) =>
    context.on('here')
      ? sendCommand(context, { kind: 'answer_roll' }, 'here')
      : sendCommand(context, { kind: 'call_roll' }, 'everybody is asked to say that they are here'),
};

export const escalate: CliCommand = {
  usage: 'escalate L2|L3|L4 [--why TEXT] [--alert ID]',
  about: 'page a level of the route now, also for an alert; L4 with a reason',
  run(context) {
    const [word, ...rest] = context.args;
    const level = ESCALATION_LEVELS.find((one) => one === word?.toUpperCase());
    if (level === undefined || rest.length > 0) throw context.wrong('levels are L2, L3 and L4, and L1 once more');
    const command = { kind: 'escalate', level, ...fieldsOf(context, 'why') } as const;
    const name = context.text('alert');
    if (name === undefined) return sendCommand(context, command, `paged ${level}`);
    return askHub(
      context,
      async (session) => ({ ...command, alert: (await namedAlert(session, name)).alert }),
      `paged ${level} for ${name}`,
    );
  },
};

export const snooze: CliCommand = {
  usage: 'snooze 30m --why TEXT',
  about: 'call nobody and ask for no update for that long; it is on the record',
  run(context) {
    const [span, ...rest] = context.args;
    const forMs = span === undefined || rest.length > 0 ? null : parseDuration(span);
    if (forMs === null || forMs === 0) throw context.wrong('say for how long: 30m, 2h, 1h30m');
    return sendCommand(context, { kind: 'snooze', forMs, why: whyOption(context) }, `snoozed for ${span}`);
  },
};
