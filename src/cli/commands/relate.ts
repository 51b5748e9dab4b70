/** `warroom link` and `merge`: incidents that belong together. */
import type { IncidentSummary } from '../../protocol/summary.ts';
import type { ConsoleCommand } from '../../protocol/command.ts';
import { refusalOf, type CliCommand, type CliContext } from '../command.ts';
import { byPrefix, pickIncident } from '../queries.ts';
import { report, send } from '../send-command.ts';
import { incidentsNamed, writingNow } from '../session.ts';

export const link: CliCommand = {
  usage: 'link INCIDENT',
  about: 'say that another incident has to do with this one; both records tell it',
  words: 1,
  run: (context) => relate(context, 'linked to', ({ id }) => ({ kind: 'link', other: id })),
};

export const merge: CliCommand = {
  usage: 'merge INCIDENT',
  about: 'go on in another incident (IC); this one is over, both records tell it',
  words: 1,
  run: (context) => relate(context, 'merged into', ({ id }) => ({ kind: 'merge', into: id })),
};

function relate(
  context: CliContext,
  said: string,
  command: (other: IncidentSummary) => ConsoleCommand,
): Promise<number> {
  const [name] = context.args;
  if (name === undefined) throw context.wrong('name the other incident');
  return writingNow(context, 'changed', async (session) => {
    const other = byPrefix((await incidentsNamed(session.client, name)).incidents, name);
    if (other === undefined) throw refusalOf('not_found', `there is no incident "${name}"`);
    const { id } = pickIncident(context, session, other.id);
    return report(context, await send(session, command(other), id), `${id} ${said} ${other.id}`);
  });
}
