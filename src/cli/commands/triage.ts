/** `warroom triage`: the five questions, what is known of each, and an answer to one. */
import { triageOf } from '../../incident/triage-view.ts';
import { clockTime } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import type { CliCommand } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { alertsOf, followed } from '../queries.ts';
import { sendCommand } from '../send-command.ts';
import { readingSession } from '../session.ts';

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
    return readingSession(context, async (session) => {
      const { alerts } = await alertsOf(session);
      const incident = await followed(session, (await pickIncident(context, session)).id);
      const questions = triageOf(incident, alerts, session.client.now());
      if (context.json) return context.out(JSON.stringify(questions));
      for (const { n, question, answer, evidence } of questions) {
        context.out(
          `${answer === null ? ' ' : 'x'} ${n} ${question}${answer === null ? '' : `  ${oneLine(answer.text)}  #${answer.seq} ${oneLine(answer.by)}`}`,
        );
        for (const { at, text } of answer === null ? evidence : [])
          context.out(`      ${at === null ? '' : `${clockTime(Date.parse(at), 'utc', false)}Z `}${oneLine(text)}`);
      }
    });
  },
} satisfies CliCommand;
