/** `warroom brief`: what somebody who joins now must know. */
import { brief } from '../../incident/brief.ts';
import { oneLine } from '../../terminal/text.ts';
import { followed, nextOf } from '../queries.ts';
import type { CliCommand } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'brief',
  about: "the late joiner's brief, as text",
  words: 0,
  run: (context) =>
    readingSession(context, async (session) => {
      const { id } = await pickIncident(context, session);
      const incident = await followed(session, id);
      const parts = brief(incident, session.client.now(), nextOf(session, incident));
      if (context.json) context.out(JSON.stringify({ incident: id, parts }));
      else
        for (const { heading, lines } of parts) {
          context.out(heading.toUpperCase());
          for (const line of lines) context.out(`    ${oneLine(line)}`);
        }
    }),
} satisfies CliCommand;
