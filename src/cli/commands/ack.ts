/** `warroom ack`: somebody owns the incident; with `--alert`, is on that alert, whether an incident is open or not. */
import { namedAlert } from '../queries.ts';
import { UsageError, type CliCommand } from '../command.ts';
import { askHub, sendCommand } from '../send-command.ts';

export default {
  usage: 'ack [--alert ID] [--at T]',
  about: 'acknowledge: you are on it; the incident, or an alert by its id or rule',
  words: 0,
  run(context) {
    const name = context.text('alert');
    if (name !== undefined && context.text('at') !== undefined)
      throw new UsageError('--at is for the incident: an alert is acknowledged now');
    if (name === undefined) return sendCommand(context, { kind: 'acknowledge' }, ({ id }) => `acknowledged ${id}`);
    return askHub(
      context,
      async (session) => ({ kind: 'acknowledge', alert: (await namedAlert(session, name)).alert }),
      `acknowledged ${name}`,
    );
  },
} satisfies CliCommand;
