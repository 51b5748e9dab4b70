/** `warroom update`: what the public was told, for the record; the clock of the next update starts anew. */
import { parseDuration } from '../../incident/time.ts';
import { UsageError, type Command } from '../command.ts';
import { atField, atOption, sendCommand } from '../send-command.ts';

const usage = 'update TEXT [--next 30m] [--at T]';

export default {
  name: 'update',
  usage,
  about: 'log what the public was told (IC or comms); sets when the next update is due',
  options: { next: { type: 'string' }, at: { type: 'string' } },
  run(context) {
    const text = context.args.join(' ');
    if (text.trim() === '') throw new UsageError(`an update needs words\nusage: warroom ${usage}`);
    const next = context.text('next');
    const nextMs = next === undefined ? undefined : parseDuration(next);
    if (nextMs === null || nextMs === 0) throw new UsageError(`--next ${next}: write a time span like 30m or 1h30m`);
    atOption(context, Date.now());
    return sendCommand(
      context,
      (now) => ({ kind: 'update_public', text, ...(nextMs === undefined ? {} : { nextMs }), ...atField(context, now) }),
      () => `PUBLIC: ${text}`,
    );
  },
} satisfies Command;
