/** `warroom status`: how far the response is. */
import type { Status } from '../../incident/vocabulary.ts';
import { UsageError, type Command } from '../command.ts';
import { atField, atOption, optional, sendCommand } from '../send-command.ts';

const usage = 'status investigating|identified|monitoring|resolved [--public TEXT] [--at T]';
const SETTABLE: readonly Status[] = ['investigating', 'identified', 'monitoring', 'resolved', 'closed', 'cancelled'];

export default {
  name: 'status',
  usage,
  about: 'set the status; also closed, cancelled; investigating reopens',
  options: { public: { type: 'string' }, why: { type: 'string' }, at: { type: 'string' } },
  run(context) {
    const [word] = context.args;
    const to = SETTABLE.find((status) => status === word?.toLowerCase());
    if (to === undefined || context.args.length > 1)
      throw new UsageError(`status is one of ${SETTABLE.join(', ')}\nusage: warroom ${usage}`);
    atOption(context, Date.now());
    return sendCommand(
      context,
      (now) => ({
        kind: 'set_status',
        to,
        ...optional(context, 'public'),
        ...optional(context, 'why'),
        ...atField(context, now),
      }),
      ({ status }) => `${status} -> ${to}`,
    );
  },
} satisfies Command;
