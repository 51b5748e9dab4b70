/** `warroom decision`, `agree` and `object`: what is decided, and who thinks so. */
import { parseDuration } from '../../incident/time.ts';
import { WAY_WORDS, type Way } from '../../incident/stabilize.ts';
import { decisionInWords } from '../../incident/brief.ts';
import { oneLine } from '../../terminal/text.ts';
import { UsageError, type CliCommand, type CliContext } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { followed } from '../queries.ts';
import { optionalField, refOf, sendCommand } from '../send-command.ts';
import { readingSession } from '../session.ts';

export const decision: CliCommand = {
  usage:
    'decision [TEXT] [--kind rollback|flag|forward] [--objections 5m] [--turn-back-if TEXT] [--why TEXT] [--at T] [--stands REF | --withdraw REF]',
  about: 'decide (IC), at once or after a time for strong objections; without TEXT: what was decided',
  run(context) {
    const text = context.args.join(' ');
    const ref = context.text('stands') ?? context.text('withdraw');
    if (ref !== undefined) return settle(context, ref, text);
    if (text.trim() === '') return list(context);
    const kind = context.text('kind');
    if (kind !== undefined && !(kind in WAY_WORDS))
      throw new UsageError(`--kind takes ${Object.keys(WAY_WORDS).join(', ')}, not "${kind}"`);
    const span = context.text('objections');
    const objectionsMs = span === undefined ? undefined : parseDuration(span);
    if (objectionsMs === null || objectionsMs === 0)
      throw new UsageError(`--objections ${span}: write a time span like 5m`);
    const turnBackIf = context.text('turn-back-if');
    return sendCommand(
      context,
      {
        kind: 'propose_decision',
        text,
        ...(kind === undefined ? {} : { way: kind as Way }),
        ...(objectionsMs === undefined ? {} : { objectionsMs }),
        ...(turnBackIf === undefined ? {} : { turnBackIf }),
        ...optionalField(context, 'why'),
      },
      text,
    );
  },
};

function settle(context: CliContext, ref: string, text: string): Promise<number> {
  if (text !== '' || !/^#?[1-9]\d*$/.test(ref))
    throw context.wrong('name a decision by its number, e.g. --withdraw 38');
  const stands = context.text('stands') !== undefined;
  return sendCommand(
    context,
    { kind: 'settle_decision', ref: Number(ref.replace('#', '')), stands, ...optionalField(context, 'why') },
    `${ref} ${stands ? 'stands' : 'is withdrawn'}`,
  );
}

const list = (context: CliContext): Promise<number> =>
  readingSession(context, async (session) => {
    const { decisions } = await followed(session, (await pickIncident(context, session)).id);
    if (context.json) return context.out(JSON.stringify(decisions));
    if (decisions.length === 0) context.out('nothing is decided');
    for (const one of decisions) context.out(oneLine(decisionInWords(one)));
  });

export const agree: CliCommand = {
  usage: 'agree REF',
  about: 'agree with a decision that is being asked about',
  words: 1,
  run(context) {
    const ref = refOf(context);
    return sendCommand(context, { kind: 'agree', ref }, `agrees with #${ref}`);
  },
};

export const object: CliCommand = {
  usage: 'object REF TEXT',
  about: 'object to a decision that is being asked about, and say why',
  run(context) {
    const ref = refOf(context);
    const text = context.args.slice(1).join(' ');
    if (text.trim() === '') throw context.wrong('an objection says why');
    return sendCommand(context, { kind: 'object', ref, text }, `objects to #${ref}: ${text}`);
  },
};
