/** The keys of no action, such as those that move and scroll; hints, help and `docs/keys.md` are made from them. */
import type { Key } from '../terminal/editor.ts';

/** `keys` as people read them: `Enter`, `PgUp, PgDn`. */
type KeyRow = readonly [keys: string, does: string, hint?: string];
/** By where keys can go; those of the input line in the order of the hint line. */
const ROWS = {
  'input line': [
    ['Enter', 'log what you typed; a line that begins with / is a command', 'log it'],
    [
      'Up, Down',
      'take back what was refused; correct your last entry of the last 2 minutes; what you typed before',
      'edit last',
    ],
    ['/', 'the command line, with suggestions; Tab completes', 'commands'],
    ['Ctrl-C', 'clear the draft; twice within 2 s: leave, the incident stays open', 'leave'],
    ['Tab', 'complete a /command, @name or #entry; else on to the timeline and the panels', 'panels'],
    [
      'PgUp, PgDn',
      'scroll the timeline by a page, a zoomed panel on and to its top; Alt-Up and Alt-Down by a line',
      'scroll',
    ],
    ['End, Alt-End', 'back to live (End on an empty line); marks everything as read', 'live'],
    ['Alt-Enter, Ctrl-J', 'new line', 'newline'],
    [
      'Esc',
      'close, then clear the draft (Up brings it back), put away what was refused, then back to live; never leaves',
    ],
    [
      'Enter, Esc under a page',
      'acknowledge it; hide it for 5 minutes. Only while the line is empty and no key came for a second',
    ],
    ['Alt-1 .. Alt-9', 'fill the screen with that panel, again to go back'],
    [
      'Ctrl-A E B W U K T Y',
      'edit the line as in a shell, Y brings back what W, U and K cut; Alt-B F D, Home, End, Del and the arrows too',
    ],
    ['Ctrl-D', 'nothing: a slip must not leave the room'],
  ],
  'timeline and panels': [
    ['j k g G, arrows', 'move; nothing here changes data', 'move'],
    ['Enter', 'the entry in full; the panel over the whole screen', 'in full'],
    ['+ -', 'charts of a zoomed panel reach further back, less far'],
    ['n N', 'next and previous match of the last search'],
    ['Tab, Shift-Tab', 'next and previous panel', 'next'],
    ['Esc', 'back to the input line', 'to write'],
  ],
  runbook: [
    ['Enter', 'run what observes; preview what changes, confirm it, let it run, stop it; tick off; escalate', 'run'],
    ['Up Down PgUp PgDn', 'move through the steps, or through the text', 'move'],
    ['Tab', 'the text or the steps', 'text or steps'],
    ['Ctrl-Y', 'copy the block, or the link', 'copy'],
    ['letters', 'go to the input line, and Enter logs them; nothing is run while something is typed', 'write'],
    ['Esc', 'close; F6 and Enter open it again, at the next step', 'close'],
  ],
  'time axis': [
    ['Enter', 'to the entry in the timeline', 'the entry'],
    ['Left Right PgUp PgDn', 'move over the entries of a lane; Home and End to its first and last', 'move'],
    ['Up, Down', 'the nearest entry of another lane', 'lanes'],
    ['letters', 'go to the input line, and Enter logs them', 'write'],
    ['Esc', 'close', 'close'],
  ],
  postmortem: [
    ['Enter', 'write the marked section; answer the next why; publish it', 'write'],
    ['Up Down', 'move', 'move'],
    ['Tab', 'the five whys as one text', 'whys as text'],
    ['letters', 'go to the input line, and Enter logs them', 'log'],
    ['Esc', 'close; drafts stay', 'close'],
  ],
  past: [
    ['Space', 'play and pause; the time stands in the header, reversed', 'play'],
    ['Left, Right', 'the key entry before and after', 'key entries'],
    ['+, -', 'faster and slower: x1, x4, x16, x60', 'speed'],
    ['Home, End', 'the first and the last moment'],
    ['/', 'commands that look: /back 14:02, /back #38, /zoom; nothing can be written', 'commands'],
    ['Esc', 'back to now, where the incident goes on; what calls meanwhile stands in the alarm line', 'now'],
  ],
  form: [
    ['Enter', 'accept: the only key that writes something', 'accept'],
    ['Esc', 'close; nothing is written', 'close, nothing is written'],
    ['Tab, Shift-Tab', 'next and previous field', 'next field'],
    ['arrows, a letter or digit', 'pick a choice', 'pick'],
    ['PgUp, PgDn', 'show what does not fit above or below'],
    ['F1', 'what this form asks for; Esc comes back to it', 'help'],
  ],
  list: [
    ['letters', 'narrow it down, where there is a line to type in'],
    ['Up Down PgUp PgDn', 'move'],
    ['Enter', 'take what is marked: run it, jump to it, look at it'],
    ['Tab', 'palette: to the input line as a /command'],
    ['Ctrl-Y', 'search, entry: copy it'],
    ['t', 'entry: what the logs have of its correlation id'],
    ['Esc', 'close'],
  ],
} satisfies Readonly<Record<string, readonly KeyRow[]>>;
export type KeyContext = keyof typeof ROWS;

export const KEYS = Object.entries<readonly KeyRow[]>(ROWS).flatMap(([where, rows]) =>
  rows.map(([keys, does, hint]) => ({ where, keys, does, hint })),
);

/** Prefixes of an entry, for help and docs. */
export const PREFIXES: readonly { readonly typed: string; readonly does: string }[] = [
  { typed: '14:02 text', does: 'it happened at 14:02 (of the zone shown)' },
  { typed: '-5m text', does: 'it happened 5 minutes ago; also -90s, -1h30m' },
  { typed: '#38 text', does: 'a reply to entry 38; it answers a question' },
  { typed: '!text', does: 'pin it' },
  { typed: '//text', does: 'log a line that begins with a slash' },
];

/** `ctrl-p` -> `Ctrl-P`, `f2` -> `F2`, `alt-s` -> `Alt-S`. */
export const keyLabel = (key: string): string =>
  key
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('-');

const NAMES: Readonly<Record<string, string>> = { PgUp: 'pageup', PgDn: 'pagedown', Esc: 'escape' };

/** The keys for a label such as `F2`, `Esc` or `/d` (typed, with a space); none when it names several keys. */
export function keysOf(label: string): readonly Key[] {
  if (/^[/!]/.test(label))
    return [...label, ...(label.length > 1 ? [' '] : [])].map((text) => ({
      name: text === ' ' ? 'space' : text,
      text,
    }));
  return label.includes(' ') ? [] : [{ name: NAMES[label] ?? label.toLowerCase() }];
}

/** Signs on the timeline and the panels, for help and docs. */
export const SIGNS = '✓ ok   ▲ WARN   ■ CRIT   ~ STALE   ? NO DATA   .. not yet on the hub   !! refused';
