/** `warroom sev`: the severity. */
import { parseSeverity } from '../../incident/severity.ts';
import type { Command } from '../command.ts';
import { optional, sendCommand } from '../send-command.ts';

export default {
  usage: 'sev 0..3 [--why TEXT] [--at T]',
  about: 'set the severity',
  run(context) {
    const [word] = context.args;
    const to = word === undefined || context.args.length > 1 ? null : parseSeverity(word);
    if (to === null)
      throw context.wrong(
        `severities are 0 Critical, 1 High, 2 Medium, 3 Low${word === undefined ? '' : `; not "${word}"`}`,
      );
    return sendCommand(
      context,
      { kind: 'set_severity', to, ...optional(context, 'why') },
      ({ severity }) => `${severity} -> ${to}`,
    );
  },
} satisfies Command;
