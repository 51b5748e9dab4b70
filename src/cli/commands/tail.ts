/** `warroom tail`: the record, one event a line. */
import { EXIT, Exit, type CliCommand, type CliContext } from '../command.ts';
import { events, followed } from '../queries.ts';
import { pickIncident } from '../pick.ts';
import { readingSession, type Session } from '../session.ts';

import { eventText } from '../../../panels/event-text.ts';
import type { Event } from '../../incident/event.ts';
import { isoTime, type Zone } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';

export default {
  usage: 'tail [--after SEQ] [--follow]',
  about: 'the timeline, one event a line',
  words: 0,
  options: { follow: { type: 'boolean', short: 'f' } },
  async run(context) {
    const text = context.text('after') ?? '0';
    if (!/^\d{1,15}$/.test(text)) throw context.wrong('--after takes the number of an entry');
    return readingSession(context, async (session) => {
      const { id } = await pickIncident(context, session);
      await followed(session, id);
      const zone = context.on('local') ? 'local' : 'utc';
      let seen = Number(text);
      const print = async (): Promise<void> => {
        for (const event of await events(session, seen)) {
          if (event.seq <= seen) continue;
          seen = event.seq;
          context.out(context.json ? JSON.stringify(event) : eventLine(event, zone));
        }
      };
      await print();
      if (context.on('follow')) await follow(context, session, print);
    });
  },
} satisfies CliCommand;

/** Until SIGINT or SIGTERM; the client resumes by itself when the hub goes and comes back, and it is said meanwhile. */
function follow(context: CliContext, { client }: Session, print: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let away = false;
    let printing = Promise.resolve();
    client.onChange((what) => {
      const { state, reason } = client.view.link;
      if (state === 'refused')
        return reject(new Exit(EXIT.refused, `refused: ${reason ?? 'the hub will not have us'}`));
      if (away !== (state !== 'live')) {
        away = !away;
        context.err(away ? `the hub is out of reach: ${reason ?? 'nothing heard'}; waiting for it` : 'the hub is back');
      }
      // What the hub could not answer now is asked for again with the next change.
      if (what.has('record')) printing = printing.then(print).catch(() => {});
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.stdout.once('close', () => resolve());
  });
}

/** `2026-11-23 14:02:11Z #12 alice: pool is full`, the time with its zone. No control byte of the event survives. */
function eventLine(event: Event, zone: Zone): string {
  const time = isoTime(Date.parse(event.at), zone).replace('T', ' ');
  return `${time} #${event.seq} ${oneLine(event.by.name)}: ${oneLine(eventText(event))}`;
}
