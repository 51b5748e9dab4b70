/** `warroom status`: how far the response is. */
import type { Status } from '../../incident/vocabulary.ts';
import type { CliCommand } from '../command.ts';
import { optionalField, sendCommand } from '../send-command.ts';

const SETTABLE: readonly Status[] = ['investigating', 'identified', 'monitoring', 'resolved', 'closed', 'cancelled'];

export default {
  usage: 'status investigating|identified|monitoring|resolved [--public TEXT] [--at T]',
  about: 'set the status; also closed, cancelled; investigating reopens',
  options: { why: { type: 'string' } },
  run(context) {
    const [word] = context.args;
    const to = SETTABLE.find((status) => status === word?.toLowerCase());
    if (to === undefined || context.args.length > 1) throw context.wrong(`status is one of ${SETTABLE.join(', ')}`);
    return sendCommand(
      context,
      {
        kind: 'set_status',
        to,
        ...optionalField(context, 'public'),
        ...optionalField(context, 'why'),
      },
      ({ status }) => `${status} -> ${to}`,
    );
  },
} satisfies CliCommand;
