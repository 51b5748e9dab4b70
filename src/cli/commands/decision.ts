/** `warroom decision`, `agree` and `object`: what is decided, and who thinks so. */
import { decisionInWords } from '../../incident/brief.ts';
import { WAYS } from '../../incident/stabilize.ts';
import { defined } from '../../incident/topic.ts';
import type { ConsoleCommand } from '../../protocol/command.ts';
import { oneLine } from '../../terminal/text.ts';
import { durationOption, print, UsageError, wordOf, type CliCommand, type CliContext } from '../command.ts';
import { readingIncident } from '../queries.ts';
import { fieldsOf, refOf, sendCommand } from '../send-command.ts';

export const decision: CliCommand = {
  usage:
    'decision [TEXT] [--kind rollback|flag|forward] [--objections 5m] [--turn-back-if TEXT] [--why TEXT] [--at T] [--stands REF | --withdraw REF]',
  about: 'decide (IC), or hear strong objections first; without TEXT: what was decided',
  run(context) {
    const text = context.args.join(' ');
    const ref = context.text('stands') ?? context.text('withdraw');
    if (ref !== undefined) return settle(context, ref, text);
    if (text.trim() === '') return list(context);
    const kind = context.text('kind');
    const way = wordOf(WAYS, kind);
    if (kind !== undefined && way === undefined) throw new UsageError(`--kind takes ${WAYS.join(', ')}, not "${kind}"`);
    const command = defined<Extract<ConsoleCommand, { kind: 'propose_decision' }>>({
      kind: 'propose_decision',
      text,
      way,
      turnBackIf: context.text('turn-back-if'),
      why: context.text('why'),
      objectionsMs: durationOption(context, 'objections'),
    });
    return sendCommand(context, command, text);
  },
};

function settle(context: CliContext, ref: string, text: string): Promise<number> {
  if (text !== '') throw context.wrong();
  const number = refOf(context, ref, 'name a decision by its number, e.g. --withdraw 38');
  const stands = context.text('stands') !== undefined;
  const command = { kind: 'settle_decision', ref: number, stands, ...fieldsOf(context, 'why') } as const;
  return sendCommand(context, command, `${ref} ${stands ? 'stands' : 'is withdrawn'}`);
}

const list = (context: CliContext): Promise<number> =>
  readingIncident(context, ({ decisions }) => {
    const lines = decisions.map((one) => oneLine(decisionInWords(one)));
    print(context, decisions, lines.length === 0 ? ['nothing is decided'] : lines);
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
  about: 'object to a decision that is asked about, and say why',
  run(context) {
    const ref = refOf(context);
    const text = context.args.slice(1).join(' ');
    if (text.trim() === '') throw context.wrong('an objection says why');
    return sendCommand(context, { kind: 'object', ref, text }, `objects to #${ref}: ${text}`);
  },
};
