/** `warroom ack`, `sev`, `status`, `update`: acknowledgement, severity, status and public updates. */
import { createInterface } from 'node:readline/promises';
import { leftInWords, leftOf } from '../../incident/topics/status.ts';
import { parseSeverity } from '../../incident/severity.ts';
import { EXIT, Exit, UsageError, durationOption, wordOf, type CliCommand } from '../command.ts';
import { heldIncident, namedAlert } from '../queries.ts';
import { askHub, fieldsOf, sendCommand } from '../send-command.ts';

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

export const update: CliCommand = {
  usage: 'update TEXT [--next 30m] [--at T]',
  about: 'log what the public was told (IC or comms); sets when the next update is due',
  run(context) {
    const text = context.args.join(' ');
    if (text.trim() === '') throw context.wrong('an update needs words');
    const nextMs = durationOption(context, 'next');
    const command = { kind: 'update_public', text, ...(nextMs !== undefined && { nextMs }) } as const;
    return sendCommand(context, command, `PUBLIC: ${text}`);
  },
};
