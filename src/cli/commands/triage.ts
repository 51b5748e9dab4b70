/** `warroom triage`: the five questions, what is known of each, and an answer to one; `change` marks a change. */
import { evidenceInWords, triageOf, type TriageQuestion } from '../../incident/triage-view.ts';
import { oneLine } from '../../terminal/text.ts';
import { print, type CliCommand } from '../command.ts';
import { alertsOf, eventsAfter, readingIncident } from '../queries.ts';
import { myName } from '../paths.ts';
import { fieldsOf, sendCommand } from '../send-command.ts';

/** The newest entries, which are read for people to interview, at most. */
const LOOK_BACK = 5_000;

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
      const now = session.client.now();
      const questions = triageOf(
        incident,
        alerts,
        now,
        await eventsAfter(session, Math.max(0, incident.head - LOOK_BACK)),
      );
      print(
        context,
        questions,
        questions.flatMap((each) => linesOf(each, now)),
      );
    });
  },
};

function linesOf({ n, question, answer, evidence, interview = [] }: TriageQuestion, now: number): readonly string[] {
  const ask = interview.map(({ name, why }) => `      ask ${oneLine(`${name} (${evidenceInWords(why, now)})`)}`);
  if (answer === null)
    return [`  ${n} ${question}`, ...evidence.map((each) => `      ${oneLine(evidenceInWords(each, now))}`), ...ask];
  return [`x ${n} ${question}  ${oneLine(answer.text)}  #${answer.seq} ${oneLine(answer.by)}`, ...ask];
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
