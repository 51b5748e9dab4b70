/** `warroom update`: what the public was told, for the record; the clock of the next update starts anew. */
import { parseDuration } from '../../incident/time.ts';
import { UsageError, type CliCommand } from '../command.ts';
import { sendCommand } from '../send-command.ts';

export default {
  usage: 'update TEXT [--next 30m] [--at T]',
  about: 'log what the public was told (IC or comms); sets when the next update is due',
  run(context) {
    const text = context.args.join(' ');
    if (text.trim() === '') throw context.wrong('an update needs words');
    const next = context.text('next');
    const nextMs = next === undefined ? undefined : parseDuration(next);
    if (nextMs === null || nextMs === 0) throw new UsageError(`--next ${next}: write a time span like 30m or 1h30m`);
    return sendCommand(
      context,
      { kind: 'update_public', text, ...(nextMs === undefined ? {} : { nextMs }) },
      `PUBLIC: ${text}`,
    );
  },
} satisfies CliCommand;
