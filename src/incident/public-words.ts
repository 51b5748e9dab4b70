/** What the public reads: templates that are filled from the incident, and internal words that do not belong there. */
import type { Incident } from './incident.ts';
import type { Instant, Status } from './vocabulary.ts';

export const PUBLIC_STATES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];
/** By state, the text with its placeholders. */
export type Templates = Readonly<Record<PublicState, string>>;

export const PLACEHOLDERS = [
  'component',
  'impact',
  'sentence',
  'started',
  'ended',
  'last_update',
  'next_update',
  'summary',
] as const;
export type Placeholder = (typeof PLACEHOLDERS)[number];
const PLACEHOLDER = /\{([^{}\n]*)\}/g;

/** The placeholders of `template` that do not exist, and where they stand, as an offset. */
export const unknownPlaceholders = (template: string): readonly { readonly name: string; readonly at: number }[] =>
  [...template.matchAll(PLACEHOLDER)].flatMap(({ 1: name = '', index }) =>
    (PLACEHOLDERS as readonly string[]).includes(name) ? [] : [{ name, at: index }],
  );

/** The text with its placeholders filled. A line with one that has no value is left out. */
export const fillTemplate = (template: string, values: Readonly<Partial<Record<Placeholder, string>>>): string =>
  template
    .split('\n')
    .flatMap((line) => {
      let isWhole = true;
      const filled = line.replace(PLACEHOLDER, (_, name: Placeholder) => {
        const value = values[name]?.trim() ?? '';
        if (value === '') isWhole = false;
        return value;
      });
      return isWhole ? [filled] : [];
    })
    .join('\n')
    .trim();

/** The template that fits a status. */
export function publicStateOf(status: Status): PublicState {
  switch (status) {
    case 'identified':
    case 'monitoring':
    case 'resolved':
      return status;
    case 'closed':
      return 'resolved';
    default:
      return 'investigating';
  }
}

/** `2026-11-23 14:02 UTC` */
const day = (at: Instant): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;

/** What the incident fills in by itself. `nextMs`: the next update is due so much after `now` (ms since 1970). */
export function knownValues(
  { timestamps, lastPublic }: Incident,
  now: number,
  nextMs: number | null,
): Readonly<Partial<Record<Placeholder, string>>> {
  const values: Partial<Record<Placeholder, string>> = {};
  const started = timestamps.impactStartedAt ?? timestamps.detectedAt;
  if (started !== null) values.started = day(started);
  if (timestamps.resolvedAt !== null) values.ended = day(timestamps.resolvedAt);
  if (lastPublic !== null) values.last_update = day(lastPublic.at);
  if (nextMs !== null) values.next_update = day(new Date(now + nextMs).toISOString());
  return values;
}

/** Names that mean something only to us. */
export interface InternalNames {
  readonly people: readonly string[];
  /** Targets, and the hosts in their labels. */
  readonly systems: readonly string[];
}
/** What single words look like that mean something only to us: severities, entries, addresses, hosts, paths, software. */
const INTERNAL = [
  /^SEV-?[0-3]$/i,
  /^#\d+$/,
  /^\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?$/,
  /^[\w.-]+\.(?:internal|local|lan|corp|svc|cluster)$/i,
  /^[a-z][a-z-]*-\d+$/i,
  /^\/[\w.-]+\/[\w./-]*$/,
  /^(?:postgres(?:ql)?|redis|websockets?|pgbouncer|kubernetes|k8s|pods?|deploy(?:ment)?|rollback|exception|timeouts?|OOM)$/i,
];
/** A longer word is no host and no path. */
const LONGEST = 253;

/** The words of `text` that sound internal, each once, in the order they stand there. */
export function internalWords(text: string, { people, systems }: InternalNames): readonly string[] {
  const words = [...text.matchAll(/[^\s()"',;!?]+/g)].flatMap(({ 0: raw, index }) => {
    const word = raw.replace(/[.:]+$/, '');
    return word.length <= LONGEST && INTERNAL.some((pattern) => pattern.test(word)) ? [{ word, at: index }] : [];
  });
  const names = [...people, ...systems].flatMap((name) => {
    const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const found =
      name.length < 3 ? null : new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'iu').exec(text);
    return found === null ? [] : [{ word: found[0], at: found.index }];
  });
  return [...new Set([...words, ...names].sort((a, b) => a.at - b.at).map(({ word }) => word))];
}
