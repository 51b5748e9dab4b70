/** `warroom next`: what the handbook wants done now, in order. */
import { followUpItems } from '../../incident/follow-up.ts';
import { isEnded } from '../../incident/incident.ts';
import { nextInWords } from '../../incident/next-item.ts';
import { oneLine } from '../../terminal/text.ts';
import { print, type CliCommand } from '../command.ts';
import { alertsOf, deliveriesOf, nextOf, pickIncident } from '../queries.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'next',
  about: 'what the handbook wants done now, in order',
  words: 0,
  run: (context) =>
    readingSession(context, async (session) => {
      await alertsOf(session);
      await deliveriesOf(session);
      const isQuiet = context.text('incident') === undefined && session.incidents.every(isEnded);
      const picked = isQuiet ? null : pickIncident(context, session);
      const { followUp } = isQuiet ? await session.client.ask({ what: 'follow_up' }) : {};
      const { you } = session.client.view;
      const items = [
        ...nextOf(session, picked && (await session.held(picked.id, picked.head))),
        ...(followUp ? followUpItems(followUp, you?.name ?? '', session.client.now()) : []),
      ];
      const lines = items.flatMap((item) => [
        `${item.step.padEnd(8)} ${oneLine(nextInWords(item, session.client.now()))}`,
        ...(item.command === null ? [] : [`         ${oneLine(item.command)}`]),
      ]);
      print(context, items, items.length === 0 ? ['nothing: what the handbook asks for is done'] : lines);
    }),
} satisfies CliCommand;
