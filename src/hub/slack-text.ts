/** What people type after `/incident` in Slack. Pure. */
import { suggestion } from '../incident/fuzzy.ts';
import { INCIDENT_ID } from '../incident/incident-id.ts';
import { parseSeverity, type Severity } from '../incident/severity.ts';

export type SlashCommand =
  /** `another`: also if it looks like one that was declared just before. */
  | { readonly kind: 'create'; readonly severity: Severity; readonly title: string; readonly another: boolean }
  /** `incident`: the id before the text; null: none. */
  | { readonly kind: 'note'; readonly incident: string | null; readonly text: string }
  | { readonly kind: 'help' }
  /** A sentence. */
  | { readonly wrong: string };

export const CREATE_USAGE = '/incident create SEV-1 "title"';
export const NOTE_USAGE = '/incident note [ID] text';

const WORDS = ['create', 'note', 'help'];
/** Keyboards make other hyphens of the one that was typed. */
const SEVERITY = /^(sev[-\u2010-\u2015\u2212 ]?\d)(?![\p{L}\p{N}])[\s:,]*(.*)$/isu;
const DOUBLE = '"\u201c-\u201f\u00ab\u00bb\u300c\u300d';
const SINGLE = "'\u2018-\u201b\u2039\u203a";
/** Quotes inside may be part of what was said: then none is taken away. */
const QUOTED = new RegExp(`^[${DOUBLE}${SINGLE}]([^${DOUBLE}]*)[${DOUBLE}${SINGLE}]$`, 'u');
const HALF_QUOTED = new RegExp(`^[${DOUBLE}]([^${DOUBLE}]*)$`, 'u');

/** `nameOf`: who has that id in Slack; null: nobody we know. */
export function readSlashCommand(typed: string, nameOf: (slackId: string) => string | null): SlashCommand {
  const text = plainText(typed, nameOf).trim();
  const [, word = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text) ?? [];
  switch (word.toLowerCase()) {
    case 'create':
      return readCreate(rest);
    case 'note': {
      const [, first = '', after = ''] = /^`?([^\s`]*)`?\s*(.*)$/s.exec(rest) ?? [];
      const isId = INCIDENT_ID.test(first) && /^\d{4}-\d\d-\d\d-/.test(first);
      const note = unquoted(isId ? after : rest);
      return note === ''
        ? { wrong: `say what to note: ${NOTE_USAGE}` }
        : { kind: 'note', incident: isId ? first : null, text: note };
    }
    case 'help':
    case '':
      return { kind: 'help' };
    default:
      return { wrong: `there is no /incident ${word.slice(0, 40)}${suggestion(word.toLowerCase(), WORDS)}` };
  }
}

function readCreate(rest: string): SlashCommand {
  const [, another, asked = ''] = /^(another\s+)?(.*)$/is.exec(rest) ?? [];
  const [, word, title = ''] = SEVERITY.exec(asked) ?? [];
  const severity = word === undefined ? null : parseSeverity(word.replace(/^sev\D?/i, ''));
  if (severity === null)
    return {
      wrong: `say how bad it is, from SEV-0 (critical) to SEV-3 (low), then what is broken: ${CREATE_USAGE}`,
    };
  const name = unquoted(title.replaceAll(/\s+/g, ' '));
  if (name === '') return { wrong: `say in one line what is broken: ${CREATE_USAGE}` };
  return { kind: 'create', severity, title: name, another: another !== undefined };
}

/** Without the quotes around it, of whatever form; also where the last one was forgotten. */
const unquoted = (text: string): string => {
  const trimmed = text.trim();
  return (QUOTED.exec(trimmed)?.[1] ?? HALF_QUOTED.exec(trimmed)?.[1] ?? trimmed).trim();
};

/** Slack's text as it was typed: links, mentions and the three characters that it escapes. */
const plainText = (text: string, nameOf: (slackId: string) => string | null): string =>
  text
    .replaceAll(/<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g, (_, sign: string, target: string, label?: string) => {
      if (sign === '') return target;
      const name = (sign === '@' ? nameOf(target) : null) ?? label ?? target;
      return `${sign === '#' ? '#' : '@'}${name.replace(/^[@#]/, '')}`;
    })
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

/** `text` as Slack shows it literally: nobody is mentioned, nothing becomes a link. */
export const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
