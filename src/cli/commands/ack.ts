/** `warroom ack`: somebody owns it. */
import type { Command } from '../command.ts';
import { tell } from '../tell.ts';

export default {
  name: 'ack',
  usage: 'ack [--alert ID]',
  about: 'acknowledge the incident: somebody owns it',
  words: 0,
  options: { alert: { type: 'string' } },
  run(context) {
    const alert = context.text('alert');
    return tell(
      context,
      () => ({ kind: 'acknowledge', ...(alert === undefined ? {} : { alert }) }),
      ({ id }) => `acknowledged ${id}`,
    );
  },
} satisfies Command;
