/** Says what is wrong with an option, with the option that was probably meant. */
import { COMMON, type Command } from './command.ts';
import { nearest } from '../incident/fuzzy.ts';

/** The words for what `parseArgs` threw. */
export function wrongOption(fault: unknown, { options, usage }: Pick<Command, 'options' | 'usage'>): string {
  const message = fault instanceof Error ? fault.message : String(fault);
  const unknown = /^Unknown option '(-[^']*)'/.exec(message)?.[1];
  if (unknown === undefined) return known(message);
  const guess = nearest(unknown.replace(/^-+/, ''), Object.keys({ ...COMMON, ...options }));
  const meant = guess === null ? '' : `; did you mean "--${guess}"?`;
  const text =
    usage.includes('TEXT') || usage.includes('TITLE') ? ' (words that begin with a dash stand behind --)' : '';
  return `there is no option "${unknown}"${meant}${text}`;
}

/** What is wrong with an option that there is. */
function known(message: string): string {
  const option = /'(?:-\w, )?(--[\w-]+)[^']*'/.exec(message)?.[1];
  if (option === undefined) return message.split('\n')[0] ?? '';
  if (message.includes('does not take an argument')) return `${option} takes no value`;
  return `${option} needs a value${message.includes('ambiguous') ? `; one that begins with a dash is written ${option}=-…` : ''}`;
}
