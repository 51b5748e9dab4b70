/** `warroom tail`: the record, one event a line. */
import { eventText } from '../../../panels/entry.ts';
import type { Event } from '../../incident/event.ts';
import { isoTime, type Zone } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, Exit, print, zoneOf, type CliCommand, type CliContext } from '../command.ts';
import { eventsAfter, readingIncident } from '../queries.ts';
import type { Reader } from '../session.ts';

export const tail: CliCommand = {
  usage: 'tail [--after SEQ] [--follow]',
  about: 'the timeline, one event a line',
  options: { follow: { type: 'boolean', short: 'f' } },
  async run(context) {
    const text = context.text('after') ?? '0';
    if (!/^\d{1,15}$/.test(text)) throw context.wrong('--after takes the number of an entry');
    return readingIncident(context, async (_, session) => {
      let seen = Number(text);
      const printNew = async (): Promise<void> => {
        for (const event of await eventsAfter(session, seen)) {
          if (event.seq <= seen) continue;
          seen = event.seq;
          print(context, event, [eventLine(event, zoneOf(context))]);
        }
      };
      await printNew();
      if (!context.on('follow')) return;
      if (!session.live) throw new Exit(EXIT.unreachable, `${session.trouble}; there is nothing to follow`);
      await follow(context, session, printNew);
    });
  },
};

/** Prints until SIGINT or SIGTERM. The client reconnects by itself; losing and regaining the hub is reported. */
function follow(context: CliContext, { client }: Reader, printNew: () => Promise<void>): Promise<void> {
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
      // A page the hub cannot send now is requested again at the next change.
      if (what.has('record')) printing = printing.then(printNew).catch(() => {});
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.stdout.once('close', () => resolve());
  });
}

/** `2026-11-23 14:02:11Z #12 alice: pool is full`, safe to print. */
function eventLine(event: Event, zone: Zone): string {
  const time = isoTime(Date.parse(event.at), zone).replace('T', ' ');
  return `${time} #${event.seq} ${oneLine(event.by.name)}: ${oneLine(eventText(event))}`;
}
