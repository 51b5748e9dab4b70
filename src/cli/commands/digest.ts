/** `warroom digest`: the week, or what whoever comes on call takes over, as Markdown; and a note for them. */
import type { DigestFacts } from '../../incident/digest.ts';
import { digestMarkdown } from '../../report/digest.ts';
import { print, refusalOf, zoneOf, type CliCommand } from '../command.ts';
import { answerOf } from '../queries.ts';
import { askHub } from '../send-command.ts';
import { readingSession, type Session } from '../session.ts';

export default {
  usage: 'digest [--week | --handoff [ROTATION]] [--note TEXT]',
  about: 'the week, or the nearest hand-off, as Markdown; a note for whoever takes over',
  words: 1,
  run(context) {
    const [isWeek, isHandOff] = [context.on('week'), context.on('handoff')];
    const [rotation] = context.args;
    const note = context.text('note');
    if (isWeek && isHandOff) throw context.wrong('--week or --handoff, not both');
    if (!isHandOff && (rotation !== undefined || note !== undefined))
      throw context.wrong('a rotation and a note belong to --handoff');
    const asked = ({ client }: Session): Promise<DigestFacts> => {
      const of = isWeek ? { of: 'digest' as const } : isHandOff ? { of: 'handoff' as const } : {};
      const question = { what: 'digest', ...of, ...(rotation !== undefined && { rotation }) } as const;
      return answerOf(client, question, ({ digest }) => digest, 'not_found');
    };
    if (note !== undefined)
      return askHub(
        context,
        async (session) => {
          const facts = await asked(session);
          if (facts.what !== 'handoff') throw refusalOf('not_found', 'there is no hand-off');
          return { kind: 'note_handoff', rotation: facts.handOff.rotation, text: note };
        },
        'noted',
      );
    return readingSession(context, async (session) => {
      const facts = await asked(session);
      if (!isWeek && !isHandOff) context.err(chosen(facts));
      print(context, facts, digestMarkdown(facts, zoneOf(context)).trimEnd().split('\n'));
    });
  },
} satisfies CliCommand;

const chosen = (facts: DigestFacts): string =>
  facts.what === 'digest'
    ? 'no hand-off is less than a day away: this is the week until now (--handoff has the other report)'
    : `the hand-off of ${facts.handOff.rotation} is less than a day away: this is its report (--week has the other one)`;
