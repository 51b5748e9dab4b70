/** `warroom triage`: the five questions, what is known of each, and an answer to one; `change` marks a change. */
import { triageOf, type TriageQuestion } from '../../incident/triage-view.ts';
import { clockTime } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { print, type CliCommand } from '../command.ts';
import { alertsOf, readingIncident } from '../queries.ts';
import { myName } from '../paths.ts';
import { fieldsOf, sendCommand } from '../send-command.ts';

export const triage: CliCommand = {
  usage: 'triage [--answer N TEXT] [--at T]',
  about: 'the five questions with what is known; --answer N TEXT answers one of them',
  run(context) {
    const answer = context.text('answer');
    const text = context.args.join(' ');
    if (answer !== undefined) {
      if (!/^[1-5]$/.test(answer) || text.trim() === '') throw context.wrong('name a question, 1 to 5, and answer it');
      return sendCommand(context, { kind: 'answer_question', n: Number(answer), text }, `answered ${answer}: ${text}`);
    }
    if (text !== '') throw context.wrong();
    return readingIncident(context, async (incident, session) => {
      const { alerts } = await alertsOf(session);
      const questions = triageOf(incident, alerts, session.client.now());
      print(context, questions, questions.flatMap(linesOf));
    });
  },
};

function linesOf({ n, question, answer, evidence }: TriageQuestion): readonly string[] {
  if (answer !== null) return [`x ${n} ${question}  ${oneLine(answer.text)}  #${answer.seq} ${oneLine(answer.by)}`];
  const time = (at: string | null): string => (at === null ? '' : `${clockTime(Date.parse(at), 'utc', false)}Z `);
  return [`  ${n} ${question}`, ...evidence.map(({ at, text }) => `      ${time(at)}${oneLine(text)}`)];
}

export const change: CliCommand = {
  usage: 'change TEXT [--by NAME] [--link URL] [--at T]',
  about: 'mark a change: a deploy, a flag, a migration; by you unless --by names another',
  run(context) {
    const what = context.args.join(' ');
    if (what.trim() === '') throw context.wrong('say what changed');
    const command = { kind: 'mark_change', what, by: myName(context), ...fieldsOf(context, 'by', 'link') } as const;
    return sendCommand(context, command, `changed: ${what}`);
  },
};
