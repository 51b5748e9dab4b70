/** `warroom sev`: the severity. */
import { parseSeverity } from '../../incident/severity.ts';
import type { CliCommand } from '../command.ts';
import { optionalField, sendCommand } from '../send-command.ts';

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
      { kind: 'set_severity', to, ...optionalField(context, 'why') },
      ({ severity }) => `${severity} -> ${to}`,
    );
  },
} satisfies CliCommand;
