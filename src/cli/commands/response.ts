/** `warroom ack`, `sev`, `status`, and the roles: `role`, `release`, `handover`, `accept`, `decline`. */
import { createInterface } from 'node:readline/promises';
import { leftInWords, leftOf } from '../../incident/topics/status.ts';
import { parseSeverity } from '../../incident/severity.ts';
import { EXIT, Exit, UsageError, wordOf, type CliCommand, type CliContext } from '../command.ts';
import { heldIncident, namedAlert } from '../queries.ts';
import { askHub, fieldsOf, sendCommand } from '../send-command.ts';
import { ROLES, type Role } from '../../incident/vocabulary.ts';
import { myName } from '../paths.ts';

export const ack: CliCommand = {
  usage: 'ack [--alert ID] [--at T]',
  about: 'acknowledge: you are on it; the incident, or an alert by its id or rule',
  words: 0,
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
        const left = leftInWords(leftOf(await heldIncident(session, id, head)));
        if (left === '') return;
        if (!process.stdin.isTTY || context.json) return context.err(`${to} with ${left}; the record says so`);
        const prompt = createInterface({ input: process.stdin, output: process.stderr });
        const answer = await prompt.question(`${left}: set it to ${to} all the same? [y/N] `);
        prompt.close();
        if (!/^y(es)?$/i.test(answer.trim())) throw new Exit(EXIT.refused, 'nothing was changed');
      },
    );
  },
};

function roleOf(context: CliContext): Role {
  const found = wordOf(ROLES, context.args[0]);
  if (found === undefined) throw context.wrong(`roles are ${ROLES.join(', ')}`);
  return found;
}

/** `--new` confirms a name that has not been here before. */
const unseen = (context: CliContext) => context.on('new') && ({ unseen: true } as const);

export const role: CliCommand = {
  usage: 'role ic|scribe|comms|ops|deputy NAME [--new] [--why TEXT] [--at T]',
  about: 'take or give a role; command changes hands by an offer the other accepts',
  run(context) {
    const which = roleOf(context);
    const rest = context.args.slice(1);
    const name = rest.length === 0 ? myName(context) : rest.join(' ').trim().replace(/^@/, '');
    if (name === '') throw context.wrong('say who');
    const command = {
      kind: 'assign_role',
      role: which,
      name,
      ...unseen(context),
      ...fieldsOf(context, 'why'),
    } as const;
    return sendCommand(context, command, `${which}: ${name}`);
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
    return sendCommand(context, { kind: 'offer_command', name, ...unseen(context) }, said);
  },
};

export const accept: CliCommand = {
  usage: 'accept',
  about: 'accept command that was offered to you',
  words: 0,
  run: (context) => sendCommand(context, { kind: 'accept_command' }, 'you are IC'),
};

export const decline: CliCommand = {
  usage: 'decline',
  about: 'decline command that was offered, or take the offer back',
  words: 0,
  run: (context) => sendCommand(context, { kind: 'decline_command' }, 'declined'),
};
