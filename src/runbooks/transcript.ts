/** A block as a terminal showed it: commands behind their prompts, and what they printed. */
import { openQuote } from './shell-text.ts';

interface Transcript {
  /** What was typed, without the prompts. */
  readonly commands: string;
  /** What was printed; null: nothing, or there are no prompts to tell it by. */
  readonly output: string | null;
}

/** `$ `, `sh-5.1# `, `root@db:~# `, `[ana@db ~]$ `. A lone `#` begins a comment. */
const PROMPT = /^[ \t]*(?:[$❯] |(?:\[[^\]\n]{1,80}\]|\w{2,8}-\d[\d.]*|[\w.-]+@[\w.:~/-]+)[$#] )/;

/** A block without any prompt is commands only. */
export function readTranscript(text: string): Transcript {
  const lines = text.split('\n');
  if (!lines.some((line) => PROMPT.test(line))) return { commands: text, output: null };
  const commands: string[] = [];
  const output: string[] = [];
  let rest: Unfinished = null;
  for (const line of lines) {
    const typed: string | null = PROMPT.test(line)
      ? line.replace(PROMPT, '')
      : rest === null
        ? null
        : line.replace(/^> /, '');
    if (typed === null) output.push(line);
    else {
      commands.push(typed);
      rest = PROMPT.test(line) ? unfinished(typed, null) : unfinished(typed, rest);
    }
  }
  const printed = output.join('\n').trim();
  return { commands: `${commands.join('\n')}\n`, output: printed === '' ? null : printed };
}

/** What the next line belongs to: a heredoc up to its word, a quote, or a line that ends in `\`, `|` or `&&`. */
type Unfinished = { readonly until: string } | { readonly quote: string } | 'line' | null;

function unfinished(line: string, before: Unfinished): Unfinished {
  if (before !== null && typeof before === 'object' && 'until' in before)
    return line.trim() === before.until ? null : before;
  const heredoc = /<<-?\s*(["']?)(\w+)\1/.exec(line)?.[2];
  if (heredoc !== undefined) return { until: heredoc };
  const open = before !== null && typeof before === 'object' ? before.quote : null;
  const quote = openQuote(line, open);
  if (quote !== null) return { quote };
  return /(?:\\|\||&&)\s*$/.test(line) ? 'line' : null;
}
