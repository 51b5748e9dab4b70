/** `warroom tail`: the record, one event a line. */
import type { Event } from '../../incident/event.ts';
import { EXIT, UsageError, type Command } from '../command.ts';
import { eventLine } from '../eventline.ts';
import { events, followed, live, pickIncident, type Session } from '../session.ts';

const usage = 'tail [--after SEQ] [--follow]';

export default {
  name: 'tail',
  usage,
  about: 'the timeline, one event a line',
  words: 0,
  options: { after: { type: 'string' }, follow: { type: 'boolean', short: 'f' } },
  async run(context) {
    const text = context.text('after') ?? '0';
    if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--after takes the number of an entry\nusage: warroom ${usage}`);
    const session = await live(context);
    try {
      const { id } = await pickIncident(context, session);
      await followed(session, id);
      const zone = context.on('local') ? 'local' : 'utc';
      let seen = Number(text);
      const print = (found: readonly Event[]): void => {
        for (const event of found) {
          if (event.seq <= seen) continue;
          seen = event.seq;
          context.out(context.json ? JSON.stringify(event) : eventLine(event, zone));
        }
      };
      print(await events(session, seen));
      if (context.on('follow')) await follow(session, () => print(session.client.view.events));
      return EXIT.ok;
    } finally {
      await session.close();
    }
  },
} satisfies Command;

/** Until SIGINT or SIGTERM; the client resumes by itself when the hub goes and comes back. */
function follow(session: Session, more: () => void): Promise<void> {
  return new Promise((resolve) => {
    session.client.onChange((what) => {
      if (what.has('record')) more();
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.stdout.once('close', () => resolve());
  });
}
