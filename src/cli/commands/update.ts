/** `warroom update`: what the public is told, word for word, or in the template of a state. */
import type { Incident } from '../../incident/incident.ts';
import {
  filledUpdate,
  internalNames,
  internalWords,
  lastTold,
  PUBLIC_STATES,
  publicStateOf,
} from '../../incident/public-words.ts';
import { oneLine } from '../../terminal/text.ts';
import { durationOption, EXIT, Exit, print, wordOf, type CliCommand, type CliContext } from '../command.ts';
import { pickIncident } from '../queries.ts';
import { atField, atOption, fieldsOf, report, send } from '../send-command.ts';
import { readingSession, writing, type Session } from '../session.ts';

export default {
  usage:
    'update TEXT [--next 30m] [--status STATE] [--component NAME] [--impact TEXT] [--summary TEXT] [--preview] [--at T]',
  about:
    'tell the public (IC or comms); it is logged, and sent to receivers of updates; with --status or --preview in the template of that state',
  async run(context) {
    if (context.args.join(' ').trim() === '') throw context.wrong('an update needs words');
    const status = context.text('status');
    if (status !== undefined && wordOf(PUBLIC_STATES, status) === undefined)
      throw context.wrong(`--status is one of ${PUBLIC_STATES.join(', ')}; not "${status}"`);
    // A time or span that cannot be read ends the command before a hub is looked for.
    atOption(context, Date.now());
    durationOption(context, 'next');
    if (context.on('preview'))
      return readingSession(context, async (session) => {
        const { command, internal } = await prepared(context, session);
        print(context, { text: command.text, internal }, command.text.split('\n').map(oneLine));
      });
    return writing(context, async (session) => {
      const { command, incident } = await prepared(context, session);
      const told = await send(session, command, incident);
      return report(context, told, `PUBLIC: ${oneLine(command.text)}`, session.trouble);
    });
  },
} satisfies CliCommand;

/** The command, and the internal words in its text, of which a person is warned. */
async function prepared(context: CliContext, session: Session) {
  const { id, head } = pickIncident(context, session);
  const incident = session.live ? await session.held(id, head) : null;
  const { view } = session.client;
  const command = commandOf(context, session, incident);
  const people = view.events.filter(({ via }) => via === 'console' || via === 'cli').map(({ by }) => by);
  const internal = internalWords(command.text, internalNames({ ...view, incident, people }));
  if (internal.length > 0) context.err(`sounds internal, and the public reads it: ${internal.map(oneLine).join(', ')}`);
  return { command, internal, incident: id };
}

/** `incident`: null when no hub tells it. */
function commandOf(context: CliContext, { client, trouble }: Session, incident: Incident | null) {
  const text = context.args.join(' ');
  const nextMs = durationOption(context, 'next');
  const at = atField(context, client.now());
  const given = fieldsOf(context, 'component', 'impact', 'summary');
  const state = wordOf(PUBLIC_STATES, context.text('status'));
  if (state === undefined && !context.on('preview') && Object.keys(given).length === 0)
    return { kind: 'update_public', text, ...(nextMs !== undefined && { nextMs }), ...at } as const;
  if (incident === null)
    throw new Exit(
      EXIT.unreachable,
      `${trouble}; a template is filled from the incident, so nothing was queued: without --status the text is, word for word`,
    );
  const { policy, templates } = client.view;
  const now = at.at === undefined ? client.now() : Date.parse(at.at);
  const words = { ...lastTold(incident), ...given, state: state ?? publicStateOf(incident.status), sentence: text };
  if (!words.component)
    context.err('no --component is given, and none was told before: the lines that name it are left out');
  return { ...filledUpdate(templates, { incident, policy, now }, { ...words, nextMs }), ...at };
}
