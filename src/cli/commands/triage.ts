/** `warroom triage`: the five questions, what is known of each, and an answer to one. */
import { triageOf, type TriageQuestion } from '../../incident/triage-view.ts';
import { clockTime } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { print, type CliCommand } from '../command.ts';
import { alertsOf, readingIncident } from '../queries.ts';
import { sendCommand } from '../send-command.ts';

export default {
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
} satisfies CliCommand;

function linesOf({ n, question, answer, evidence }: TriageQuestion): readonly string[] {
  if (answer !== null) return [`x ${n} ${question}  ${oneLine(answer.text)}  #${answer.seq} ${oneLine(answer.by)}`];
  const time = (at: string | null): string => (at === null ? '' : `${clockTime(Date.parse(at), 'utc', false)}Z `);
  return [`  ${n} ${question}`, ...evidence.map(({ at, text }) => `      ${time(at)}${oneLine(text)}`)];
}
