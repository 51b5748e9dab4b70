/** `warroom status`: how far the response is. */
import { createInterface } from 'node:readline/promises';
import { leftInWords, leftOf } from '../../incident/topics/status.ts';
import type { Status } from '../../incident/vocabulary.ts';
import { EXIT, Exit, type CliCommand } from '../command.ts';
import { followed } from '../queries.ts';
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
      async (session, { id }) => {
        if (!session.live || (to !== 'resolved' && to !== 'closed')) return;
        const left = leftInWords(leftOf(await followed(session, id)));
        if (left === '') return;
        if (!process.stdin.isTTY || context.json) return context.err(`${to} with ${left}; the record says so`);
        const prompt = createInterface({ input: process.stdin, output: process.stderr });
        const answer = await prompt.question(`${left}: set it to ${to} all the same? [y/N] `);
        prompt.close();
        if (!/^y(es)?$/i.test(answer.trim())) throw new Exit(EXIT.refused, 'nothing was changed');
      },
    );
  },
} satisfies CliCommand;
