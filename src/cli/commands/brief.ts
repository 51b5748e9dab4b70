/** `warroom brief`: what somebody who joins now must know. */
import { brief, canReport } from '../../incident/brief.ts';
import { oneLine } from '../../terminal/text.ts';
import { followed, nextOf } from '../queries.ts';
import type { CliCommand } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'brief [--can]',
  about: "the late joiner's brief, as text; or conditions, actions, needs",
  words: 0,
  run: (context) =>
    readingSession(context, async (session) => {
      const { id } = await pickIncident(context, session);
      const incident = await followed(session, id);
      const next = nextOf(session, incident);
      const parts = context.on('can') ? canReport(incident, next) : brief(incident, session.client.now(), next);
      if (context.json) context.out(JSON.stringify({ incident: id, parts }));
      else
        for (const { heading, lines } of parts) {
          context.out(heading.toUpperCase());
          for (const line of lines) context.out(`    ${oneLine(line)}`);
        }
    }),
} satisfies CliCommand;
