/**
 * What stands behind the backticks of a fence: its language and its attributes, in both notations of runme,
 * `sh {name=memory kind=observe}` and `sh {"name":"memory"}`. As there, they end at the first `}`.
 */
import { isObject } from '../incident/event-codec.ts';
import { parseJson } from '../incident/shapes.ts';

export interface Attribute {
  readonly key: string;
  readonly value: string;
  /** The offset of the key in the info string. */
  readonly at: number;
}
export interface InfoFault {
  readonly at: number;
  readonly message: string;
  /** False: it is read as it was meant, but not by other programs. */
  readonly isFault: boolean;
}
export interface InfoString {
  /** In lower case; '' for none. */
  readonly language: string;
  readonly attributes: readonly Attribute[];
  readonly faults: readonly InfoFault[];
}

/** The rest is not read, characters. */
const MAX_LENGTH = 2_000;

export function readInfo(whole: string): InfoString {
  const info = whole.slice(0, MAX_LENGTH);
  const open = info.indexOf('{');
  const word = /^\s*([^\s{]*)/.exec(info)?.[1] ?? '';
  if (open < 0) return { language: word.toLowerCase(), attributes: [], faults: [] };
  const close = info.indexOf('}', open);
  const body = info.slice(open + 1, close < 0 ? info.length : close);
  const { attributes, faults } = /^\s*"/.test(body) ? readJson(body, open + 1) : readPairs(body, open + 1);
  if (close < 0) faults.push({ at: open, message: 'this { has no }', isFault: true });
  const after = close < 0 ? '' : info.slice(close + 1).trimEnd();
  if (after.trim() !== '') {
    const at = info.length - info.slice(close + 1).trimStart().length;
    faults.push({ at, message: 'nothing may follow the first }: attributes end there', isFault: true });
  }
  const seen = new Set<string>();
  for (const { key, at } of attributes) {
    if (seen.has(key)) faults.push({ at, message: `${key} is given twice`, isFault: true });
    seen.add(key);
  }
  // Pandoc's `{.sql name=memory}`.
  const [first] = attributes;
  const isPandoc = word === '' && first?.value === '' && /^\.\w+$/.test(first.key);
  const language = (isPandoc ? first.key.slice(1) : word).toLowerCase();
  return { language, attributes: isPandoc ? attributes.slice(1) : attributes, faults };
}

interface Read {
  readonly attributes: Attribute[];
  readonly faults: InfoFault[];
}

function readPairs(body: string, offset: number): Read {
  const read: Read = { attributes: [], faults: [] };
  for (const { 0: pair, index } of body.matchAll(/[^\s=]+(?:=(?:"[^"]*"|\S*))?|=\S*/g)) {
    const at = offset + index;
    const [, key = '', raw = ''] = /^([^=]*)=?([^]*)$/.exec(pair) ?? [];
    const quoted = /^"([^]*)"$/.exec(raw)?.[1];
    if (key === '') read.faults.push({ at, message: `${pair} has no name`, isFault: true });
    else read.attributes.push({ key, value: quoted ?? raw, at });
    if (quoted === undefined && raw.includes('"'))
      read.faults.push({ at, message: `the quotes of ${key} are not closed`, isFault: true });
    if (quoted !== undefined) {
      const json = JSON.stringify({ [key]: quoted });
      read.faults.push({ at, message: `runme knows no quotes: write all of them as ${json}`, isFault: false });
    }
  }
  return read;
}

function readJson(body: string, offset: number): Read {
  const read: Read = { attributes: [], faults: [] };
  const values = parseJson(`{${body}}`);
  if (!isObject(values)) {
    const message = 'this is no JSON of names and text, such as {"name":"memory"}';
    return { attributes: [], faults: [{ at: offset - 1, message, isFault: true }] };
  }
  // JSON.parse keeps the last of equal keys, and no places.
  for (const match of body.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g)) {
    if (match[2] === undefined) continue;
    const key = String(JSON.parse(match[1] ?? '""'));
    const value = values[key];
    const at = offset + match.index;
    if (typeof value === 'object') read.faults.push({ at, message: `${key} must be text`, isFault: true });
    else read.attributes.push({ key, value: String(value), at });
  }
  return read;
}
