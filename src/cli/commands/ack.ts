/** `warroom ack`: somebody owns the incident; with `--alert`, is on that alert, whether an incident is open or not. */
import { namedAlert } from '../queries.ts';
import type { Command } from '../command.ts';
import { askHub, sendCommand } from '../send-command.ts';

export default {
  name: 'ack',
  usage: 'ack [--alert ID]',
  about: 'acknowledge: you are on it; the incident, or an alert by its id or rule',
  words: 0,
  options: { alert: { type: 'string' } },
  run(context) {
    const name = context.text('alert');
    if (name === undefined)
      return sendCommand(
        context,
        () => ({ kind: 'acknowledge' }),
        ({ id }) => `acknowledged ${id}`,
      );
    return askHub(
      context,
      async (session) => ({ kind: 'acknowledge', alert: (await namedAlert(session, name)).alert }),
      `acknowledged ${name}`,
    );
  },
} satisfies Command;
