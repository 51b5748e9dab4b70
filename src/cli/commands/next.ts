/** `warroom next`: what the handbook wants done now, in order. */
import { isEnded } from '../../incident/incident.ts';
import { nextInWords } from '../../incident/next.ts';
import { oneLine } from '../../terminal/text.ts';
import type { CliCommand } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { alertsOf, followed, nextOf } from '../queries.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'next',
  about: 'what the handbook wants done now, in order',
  words: 0,
  run: (context) =>
    readingSession(context, async (session) => {
      await alertsOf(session);
      const isQuiet = context.text('incident') === undefined && session.client.view.incidents.every(isEnded);
      const incident = isQuiet ? null : await followed(session, (await pickIncident(context, session)).id);
      const items = nextOf(session, incident);
      if (context.json) return context.out(JSON.stringify(items));
      if (items.length === 0) context.out('nothing: what the handbook asks for is done');
      for (const item of items) {
        context.out(`${item.step.padEnd(8)} ${oneLine(nextInWords(item))}`);
        if (item.command !== null) context.out(`         ${oneLine(item.command)}`);
      }
    }),
} satisfies CliCommand;
