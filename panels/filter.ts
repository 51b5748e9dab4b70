/** The filter of the timeline, `by:bob kind:decision since:12:50 #38 "a phrase" word`: all parts must hold. */
import type { Event } from '../src/incident/event.ts';
import type { Zone } from '../src/incident/time.ts';
import { INCIDENT } from '../src/incident/topics/index.ts';
import { eventText } from './entry.ts';

export interface Filter {
  readonly by: readonly string[];
  readonly kinds: readonly string[];
  /** ms since 1970. */
  readonly since: number | null;
  readonly until: number | null;
  /** Numbers of entries; entries that refer to them pass too. */
  readonly refs: readonly number[];
  /** Lower case. */
  readonly phrases: readonly string[];
  /** What is wrong with the filter, as sentences. */
  readonly trouble: readonly string[];
}

/** The words of `kind:`. */
const KINDS: readonly string[] = [
  ...new Set([...INCIDENT.events.values()].flatMap(({ finds = [] }) => finds)),
  'public',
];

const PART = /(?:(by|kind|since|until):)?(?:"([^"]*)"?|(\S+))/g;
const DAY = 86_400_000;

/** Reads a filter. A clock time is its latest moment before `now`; `-30m` counts back from `now`. */
export function parseFilter(text: string, now: number, zone: Zone): Filter {
  const by: string[] = [];
  const kinds: string[] = [];
  const refs: number[] = [];
  const phrases: string[] = [];
  const trouble: string[] = [];
  let since: number | null = null;
  let until: number | null = null;
  for (const [, key, quoted, bare] of text.matchAll(PART)) {
    const value = (quoted ?? bare ?? '').toLowerCase();
    const number = /^#(\d{1,9})$/.exec(bare ?? '')?.[1];
    if (key === 'by') by.push(value.replace(/^@/, ''));
    else if (key === 'kind') {
      const found = KINDS.filter((kind) => kind.startsWith(value));
      if (found.length === 0) trouble.push(`no kind ${value}: it is one of ${KINDS.join(', ')}`);
      kinds.push(...(KINDS.includes(value) ? [value] : found));
    } else if (key === 'since' || key === 'until') {
      const at = timeOf(value, now, zone);
      if (at === null) trouble.push(`${key}:${value} is no time: write ${key}:12:50 or ${key}:-30m`);
      else if (key === 'since') since = at;
      else until = at;
    } else if (number !== undefined) refs.push(Number(number));
    else if (value !== '') phrases.push(value);
  }
  return { by, kinds, since, until, refs, phrases, trouble };
}

function timeOf(text: string, now: number, zone: Zone): number | null {
  const back = /^-(?:(\d{1,4})h)?(?:(\d{1,5})m)?$/.exec(text);
  if (back !== null && text !== '-') return now - (Number(back[1] ?? 0) * 60 + Number(back[2] ?? 0)) * 60_000;
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock === null) return null;
  const [h = 0, m = 0, s = 0] = clock.slice(1).map((part) => Number(part ?? 0));
  const date = new Date(now);
  const at = zone === 'utc' ? date.setUTCHours(h, m, s, 0) : date.setHours(h, m, s, 0);
  return at > now ? at - DAY : at;
}

export const isEmptyFilter = ({ by, kinds, since, until, refs, phrases }: Filter): boolean =>
  by.length + kinds.length + refs.length + phrases.length === 0 && since === null && until === null;

/** Whether `event` passes. `text` is the amended text, where there is one. */
export function passes(filter: Filter, event: Event, text?: string): boolean {
  const { by, kinds, since, until, refs, phrases } = filter;
  if (by.length > 0 && !by.some((name) => event.by.name.toLowerCase().startsWith(name))) return false;
  if (kinds.length > 0 && !kinds.some((kind) => isKind(event, kind))) return false;
  if (refs.length > 0 && !refs.includes(event.seq) && !refs.includes(event.ref ?? -1)) return false;
  const at = Date.parse(event.at);
  if (at < (since ?? at) || at > (until ?? at)) return false;
  if (phrases.length === 0) return true;
  const said = `${eventText(event)} ${text ?? ''}`.toLowerCase();
  return phrases.every((phrase) => said.includes(phrase));
}

const isKind = (event: Event, kind: string): boolean =>
  kind === 'public' ? event.visibility === 'public' : INCIDENT.findsBy(event).includes(kind);
