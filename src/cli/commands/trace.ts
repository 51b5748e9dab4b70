/** `warroom trace ID`: the lines of the configured logs that have a correlation id, searched on the hub's machine. */
import { isoTime } from '../../incident/time.ts';
import { counted } from '../../incident/words.ts';
import type { Trace } from '../../protocol/questions.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, print, zoneOf, type CliCommand, type CliContext } from '../command.ts';
import { answerOf } from '../queries.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'trace ID',
  about: 'what the logs have of a correlation id; of the last 24 hours, logs.yaml names them',
  words: 1,
  async run(context) {
    const id = context.args[0]?.trim() ?? '';
    if (id.length < 3 || id.length > 200) throw context.wrong('an id has 3 to 200 characters');
    let isBlind = false;
    const code = await readingSession(context, async ({ client }) => {
      context.progress(`looking for ${oneLine(id)} in the logs`);
      const trace = await answerOf(client, { what: 'trace', id }, (answer) => answer.trace, 'not_now');
      context.progress('');
      tell(context, id, trace);
      isBlind = trace.logs.every(({ bytes, trouble }) => bytes === 0 && trouble !== null);
    });
    return isBlind ? EXIT.faults : code;
  },
} satisfies CliCommand;

function tell(context: CliContext, id: string, { lines, logs, more }: Trace): void {
  const timed = lines.map(({ log, at, text }) => ({ at: at === null ? null : new Date(at).toISOString(), log, text }));
  const zone = zoneOf(context);
  const wide = Math.max(0, ...logs.map(({ log }) => log.length));
  print(
    context,
    { id, lines: timed, logs, more },
    lines.map(({ log, at, text }) => {
      const time = at === null ? 'no time' : isoTime(at, zone).replace('T', ' ');
      return `${time.padEnd(20)}  ${log.padEnd(wide)}  ${oneLine(text)}`;
    }),
  );
  if (more > 0) context.err(`${counted(more, 'older line')} left out`);
  for (const { log, trouble } of logs) if (trouble !== null) context.err(`${log}: ${oneLine(trouble)}`);
  if (lines.length === 0)
    context.err(`nothing about ${oneLine(id)} was found in ${logs.map(({ log }) => log).join(', ')}`);
}
