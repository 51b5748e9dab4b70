/** The words of messages, as short and as plain as receivers demand. */
import { createHash } from 'node:crypto';
import { isDigest } from '../incident/deliveries.ts';
import type { Instant } from '../incident/vocabulary.ts';
import type { Message } from './receiver.ts';

// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g;

/** Well-formed, without control characters but line feeds (nor those that turn the direction of text), at most `max` UTF-16 units; a longer one ends in `…`. */
export function clipped(text: string, max: number): string {
  const clean = text.toWellFormed().replace(CONTROL, ' ').trim();
  // A half of a pair at the cut is left out.
  return clean.length <= max ? clean : `${clean.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

export const clippedLine = (text: string, max: number): string => clipped(text.replace(/\s+/g, ' '), max);

/** The same for the same text, and tells nothing of it. */
export const shortHash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** `DRILL SEV-1 Checkout is down`, the name of the alert, the first line of a digest, or that it is a test. */
export function headline({ incident, alert, kind, text }: Message): string {
  if (incident !== null) return `${incident.drill ? 'DRILL ' : ''}${incident.severity} ${incident.title}`;
  if (isDigest(kind)) return /^#? *(.*)/.exec(text)?.[1] ?? '';
  return alert !== null && kind !== 'test' ? `${alert.severity} ${alert.name}` : 'Test of warroom';
}

/** Without the line that a headline of a digest says already. */
export const bodyOf = ({ kind, text }: Message): string => (isDigest(kind) ? text.replace(/^[^\n]*\n*/, '') : text);

/**
 * What a receiver knows the matter by: the alert since it fires, also once an incident was declared from it, or the
 * incident.
 */
export const subjectOf = ({ incident, alert, id }: Message): string =>
  alert === null ? (incident?.id ?? id) : alertSubject(alert.name, alert.since);

export const alertSubject = (alert: string, since: Instant): string => `${alert}@${since}`;
