/**
 * Keys that belong to no action: writing, moving, scrolling, leaving. Hints, help and `docs/keys.md` are made from this
 * table and the actions' own keys.
 */
import type { Key } from '../terminal/editor.ts';

/** Where keys can go. */
export const KEY_CONTEXTS = ['input line', 'timeline and panels', 'form', 'list'] as const;
export type KeyContext = (typeof KEY_CONTEXTS)[number];

export interface KeyLine {
  /** As people read it: `Enter`, `PgUp / PgDn`. */
  readonly keys: string;
  readonly does: string;
  /** Short form for the hint line. */
  readonly hint?: string;
  readonly where: KeyContext;
}

/** Those of the input line in the order of the hint line: the most needed first. */
export const KEYS: readonly KeyLine[] = [
  {
    where: 'input line',
    keys: 'Enter',
    does: 'log what you typed; a line that begins with / is a command',
    hint: 'log it',
  },
  {
    where: 'input line',
    keys: 'Up, Down',
    does: 'take back what was refused; correct your last entry of the last 2 minutes; what you typed before',
    hint: 'edit last',
  },
  { where: 'input line', keys: '/', does: 'the command line, with suggestions; Tab completes', hint: 'commands' },
  {
    where: 'input line',
    keys: 'Ctrl-C',
    does: 'clear the draft; twice within 2 s: leave, the incident stays open',
    hint: 'leave',
  },
  {
    where: 'input line',
    keys: 'Tab',
    does: 'complete a /command, @name or #entry; else on to the timeline and the panels',
    hint: 'panels',
  },
  {
    where: 'input line',
    keys: 'PgUp, PgDn',
    does: 'scroll the timeline by a page, a zoomed panel on and to its top; Alt-Up and Alt-Down by a line',
    hint: 'scroll',
  },
  {
    where: 'input line',
    keys: 'End, Alt-End',
    does: 'back to live (End on an empty line); marks everything as read',
    hint: 'live',
  },
  { where: 'input line', keys: 'Alt-Enter, Ctrl-J', does: 'new line', hint: 'newline' },
  {
    where: 'input line',
    keys: 'Esc',
    does: 'close, then clear the draft (Up brings it back), put away what was refused, then back to live; never leaves',
  },
  { where: 'input line', keys: 'Alt-1 .. Alt-9', does: 'fill the screen with that panel, again to go back' },
  {
    where: 'input line',
    keys: 'Ctrl-A E B W U K T',
    does: 'edit the line as in a shell; Alt-B F D, Home, End, Del and the arrows too',
  },
  { where: 'input line', keys: 'Ctrl-D', does: 'nothing: a slip must not leave the room' },
  { where: 'timeline and panels', keys: 'j k g G, arrows', does: 'move; nothing here changes data', hint: 'move' },
  {
    where: 'timeline and panels',
    keys: 'Enter',
    does: 'the entry in full; the panel over the whole screen',
    hint: 'in full',
  },
  { where: 'timeline and panels', keys: '+ -', does: 'charts of a zoomed panel reach further back, less far' },
  { where: 'timeline and panels', keys: 'n N', does: 'next and previous match of the last search' },
  { where: 'timeline and panels', keys: 'Tab, Shift-Tab', does: 'next and previous panel', hint: 'next' },
  { where: 'timeline and panels', keys: 'Esc', does: 'back to the input line', hint: 'to write' },
  { where: 'form', keys: 'Enter', does: 'accept: the only key that writes something', hint: 'accept' },
  { where: 'form', keys: 'Esc', does: 'close; nothing is written', hint: 'close, nothing is written' },
  { where: 'form', keys: 'Tab, Shift-Tab', does: 'next and previous field', hint: 'next field' },
  { where: 'form', keys: 'arrows, a letter or digit', does: 'pick a choice', hint: 'pick' },
  { where: 'form', keys: 'F1', does: 'what this form asks for; Esc comes back to it', hint: 'help' },
  { where: 'list', keys: 'letters', does: 'narrow it down, where there is a line to type in' },
  { where: 'list', keys: 'Up Down PgUp PgDn', does: 'move' },
  { where: 'list', keys: 'Enter', does: 'take what is marked: run it, jump to it, look at it' },
  { where: 'list', keys: 'Tab', does: 'palette: to the input line as a /command' },
  { where: 'list', keys: 'Ctrl-Y', does: 'search, entry: copy it' },
  { where: 'list', keys: 'Esc', does: 'close' },
];

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

/** The keys to press for a label such as `F2`, `Esc` or `/d` (which is typed); none when it names several keys. */
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
