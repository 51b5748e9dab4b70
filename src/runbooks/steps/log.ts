/** Looks for a text in the logs of logs.yaml, as far back as the step says. */
import { counted } from '../../incident/words.ts';
import { searchLogs } from '../../logs/search.ts';
import { StepRefusal, type ObserveStep } from '../native/step.ts';
import { bindWord } from '../runner/bind.ts';

const SINCE_MS = 15 * 60_000;

export const log: ObserveStep = async ({ step, logs, params, signal, write }) => {
  const text = bindWord(step.text.trim(), params);
  if (text === '') throw new StepRefusal('say what to look for');
  const now = Date.now();
  const since = now - (step.sinceMs ?? SINCE_MS);
  const found = await searchLogs(logs, { text, isId: false, since }, { now, signal });
  for (const line of found.lines) {
    const at = line.at === null ? '' : `${new Date(line.at).toISOString()} `;
    await write(`${at}${logs.length > 1 ? `${line.log}: ` : ''}${line.text}\n`);
  }
  const troubles = found.logs.flatMap(({ log, trouble }) => (trouble === null ? [] : `${log}: ${trouble}`));
  const more = found.more === 0 ? '' : `, and ${found.more} older ones`;
  const lines = `${counted(found.lines.length, 'line')}${more}`;
  return [`${lines} since ${new Date(since).toISOString().slice(0, 16)}Z`, ...troubles].join('; ');
};
