/** Commands that only read, one a line, as the user of the target; each is sent as words. */
import { counted } from '../../incident/words.ts';
import { ProbeFailure } from '../../probes/failure.ts';
import { RedisConnection, type RedisSettings } from '../../probes/redis/connection.ts';
import { settingsOfTarget, StepRefusal, type ObserveStep } from '../native/step.ts';
import { redisCommands, redisFault } from '../redis-text.ts';
import { bindWord } from '../runner/bind.ts';

const MOST_COMMANDS = 100;
/** Entries of a list that are printed, and characters of a text. */
const [MOST_ENTRIES, MOST_TEXT] = [1_000, 100_000];

export const redisStep: ObserveStep = async (context) => {
  const { step, params, signal, write } = context;
  const commands = redisCommands(step.text).map(({ words }) => words.map((word) => bindWord(word, params)));
  if (commands.length > MOST_COMMANDS) throw new StepRefusal(`a step has at most ${MOST_COMMANDS} commands`);
  // Once more with the parameters: one may stand where the name of a command does.
  for (const words of commands) {
    const fault = redisFault(words);
    if (fault !== null) throw new StepRefusal(fault);
  }
  const connection = await RedisConnection.open(settingsOfTarget<RedisSettings>(context), step.timeoutMs, signal);
  try {
    let failed = 0;
    for (const words of commands) {
      if (signal.aborted) throw new ProbeFailure({ class: 'timeout', message: 'its time is over' });
      const [name = '', ...args] = words;
      await write(`> ${words.join(' ')}\n`);
      const reply = await connection.call(name, ...args).catch((error: unknown) => {
        if (!(error instanceof ProbeFailure) || !connection.isOpen) throw error;
        failed++;
        return error;
      });
      await write(
        `${reply instanceof ProbeFailure ? `(error) ${reply.message}` : shown(reply, 0).replaceAll('\r\n', '\n')}\n`,
      );
    }
    const all = counted(commands.length, 'command');
    if (failed === commands.length) throw new ProbeFailure({ class: 'protocol', message: `all of ${all} failed` });
    return failed === 0 ? all : `${all}, of which ${failed} failed`;
  } finally {
    connection.close();
  }
};

function shown(reply: unknown, depth: number): string {
  const inset = '  '.repeat(depth);
  if (reply === null || reply === undefined) return `${inset}(nil)`;
  if (!Array.isArray(reply)) {
    const text =
      typeof reply === 'string'
        ? reply
        : typeof reply === 'object'
          ? JSON.stringify(reply)
          : `${String(reply as number)}`;
    return inset + (text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text);
  }
  const entries = (reply as unknown[])
    .slice(0, MOST_ENTRIES)
    .map((entry, at) => `${inset}${at + 1}) ${shown(entry, Array.isArray(entry) ? depth + 1 : 0).trimStart()}`);
  const more = reply.length > MOST_ENTRIES ? [`${inset}… ${reply.length - MOST_ENTRIES} more`] : [];
  return entries.length === 0 ? `${inset}(empty)` : [...entries, ...more].join('\n');
}
