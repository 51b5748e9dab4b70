/** What language a block is in: by its first word, and by its text where that says too little. */

/** What the hub can run. Blocks in other languages are shown and copied only. */
export const RUNNABLE = ['sql', 'redis', 'http', 'log', 'docker', 'sh'] as const;

/** Languages by the other words for them. */
const OTHER_WORDS = {
  sh: ['', 'bash', 'shell', 'zsh', 'console', 'terminal', 'shell-session', 'shellsession'],
  sql: ['postgres', 'postgresql', 'pgsql', 'psql'],
  yaml: ['yml'],
  text: ['txt', 'plaintext'],
  promql: ['prometheus'],
};

/** `word`: in lower case. Commands are `sh`, whatever they were called; without a word they are commands, too. */
export function languageOf(word: string, text: string): string {
  const named = Object.entries(OTHER_WORDS).find(([, words]) => words.includes(word))?.[0] ?? word;
  if (named !== 'sh') return named;
  // Queries and answers of programs often stand in such blocks. They must not reach a shell.
  const signs = ['', 'console', 'terminal'].includes(word) ? [...SURE, ...LIKELY] : SURE;
  return signs.find(([, sign]) => sign.test(text))?.[0] ?? named;
}

type Sign = readonly [string, RegExp];
const AGGREGATES = 'sum|min|max|avg|count|topk|bottomk|stddev|quantile|count_values|group';
const FUNCTIONS =
  'rate|irate|increase|delta|deriv|predict_linear|histogram_quantile|absent|label_replace|changes|sort_desc|\\w+_over_time';
/** Beginnings of texts that no command has. */
const SURE: readonly Sign[] = [
  [
    'promql',
    new RegExp(
      `^[\\s(]*(?:(?:${AGGREGATES})\\s*(?:(?:by|without)\\s*)?\\(|(?:${FUNCTIONS})\\s*\\()(?![^\\n]*\\)\\s*\\{)`,
    ),
  ],
  ['promql', /^[\s(]*[a-zA-Z_:][\w:]*\{\s*[\w.]+\s*(?:=~?|!~|!=)\s*["'$]/],
  ['yaml', /^\s*(?:---\s*)?apiVersion:\s/],
];
/** Beginnings that say enough where the block itself does not say what it is. Tried in order. */
const LIKELY: readonly Sign[] = [
  ['promql', /^[\s(]*ALERTS\b|^[\s(]*[a-z]+_[a-z0-9]+_\w+\s*(?:$|[-+*/<>=!)[])/],
  ['sql', /^\s*(?:--[^\n]*\n\s*)*(?:select|with\s+\w+\s+as|insert\s+into|update\s+\S+\s+set|delete\s+from|explain)\b/i],
  ['hcl', /^\s*(?:module|resource|variable|provider|data|output|terraform)(?:\s+"[^"\n]*")*\s*\{/],
  ['json', /^\s*[[{]\s*["\]}{[]/],
  ['yaml', /^\s*(?:#[^\n]*\n\s*)*(?:---\s*\n|(?:- )?["\w./-]+:(?:[ \t]|\n|$))/],
  ['text', /^\s*https?:\/\/\S+\s*$|^\s*[A-Z][A-Z-]+(?: {2,}[A-Z()-]+)+ *(?:\n|$)/],
];
