/** What the public reads: templates that are filled from the incident, and internal words that do not belong there. */
import type { Incident } from './incident.ts';
import { updateEvery, type Policy } from './policy.ts';
import type { Instant, Status } from './vocabulary.ts';

export const PUBLIC_STATES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type PublicState = (typeof PUBLIC_STATES)[number];
/** By state, the text with its placeholders. */
export type Templates = Readonly<Record<PublicState, string>>;
/** Longest template, characters. */
export const TEMPLATE_MAX = 2_000;
/** Stands for the templates of a hub that sends none. */
const NO_TEMPLATE = '{sentence}';

export const UPDATE_PLACEHOLDERS = [
  'component',
  'impact',
  'sentence',
  'started',
  'ended',
  'last_update',
  'next_update',
  'summary',
] as const;
type Placeholder = (typeof UPDATE_PLACEHOLDERS)[number];
const PLACEHOLDER = /\{([^{}\n]*)\}/g;

/** The placeholders of `template` that do not exist, and where they stand, as an offset. */
export const unknownPlaceholders = (template: string): readonly { readonly name: string; readonly at: number }[] =>
  [...template.matchAll(PLACEHOLDER)].flatMap(({ 1: name = '', index }) =>
    (UPDATE_PLACEHOLDERS as readonly string[]).includes(name) ? [] : [{ name, at: index }],
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
export const publicStateOf = (status: Status): PublicState =>
  PUBLIC_STATES.find((state) => state === status) ?? (status === 'closed' ? 'resolved' : 'investigating');

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

/** What the last update told of what is broken and how that shows: it holds until somebody says otherwise. */
export const lastTold = ({ lastPublic }: Incident): Pick<UpdateWords, 'component' | 'impact'> => ({
  component: lastPublic?.component,
  impact: lastPublic?.impact,
});

/** What a person says of an update; the rest is filled in. */
interface UpdateWords {
  readonly state: PublicState;
  readonly sentence: string;
  readonly component?: string | undefined;
  readonly impact?: string | undefined;
  readonly summary?: string | undefined;
  /** Default: by policy. */
  readonly nextMs?: number | undefined;
}

/** The command for an update whose text is the template of `words.state`, filled at `now` (ms since 1970). */
export function filledUpdate(
  templates: Templates | undefined,
  { incident, policy, now }: { readonly incident: Incident; readonly policy: Policy; readonly now: number },
  { state, sentence, summary = '', component = '', impact = '', nextMs }: UpdateWords,
) {
  const next = nextMs ?? updateEvery(policy, incident.severity, state);
  const text = fillTemplate(templates?.[state] ?? NO_TEMPLATE, {
    ...knownValues(incident, now, next),
    component,
    impact,
    sentence,
    summary,
  });
  return {
    kind: 'update_public' as const,
    text,
    state,
    ...(component !== '' && { component }),
    ...(impact !== '' && { impact }),
    ...(next !== null && { nextMs: next }),
  };
}

/** Names that mean something only to us. */
interface InternalNames {
  readonly people: readonly string[];
  /** Targets, their hosts, and the hosts in the labels of alerts. */
  readonly systems: readonly string[];
}
interface Named {
  readonly name: string;
}
/** What a console knows of the room, as far as it names people and systems. */
interface KnownRoom {
  readonly incident: Incident | null;
  readonly people: readonly Named[];
  readonly targets: readonly (Named & { readonly hosts?: readonly string[] })[];
  readonly alerts?: readonly { readonly labels: Readonly<Record<string, string>> }[] | null | undefined;
  readonly oncall?: { readonly plan: { readonly people: readonly Named[] } } | null | undefined;
}
const HOST_LABELS = ['target', 'host', 'instance', 'server', 'node', 'pod'];

/** The people and systems of the room, without the component that the public was told of already. */
export function internalNames({ incident, people, targets, alerts, oncall }: KnownRoom): InternalNames {
  const holders = Object.values(incident?.roles ?? {}).filter((name) => name !== null);
  const hosts = (alerts ?? []).flatMap(({ labels }) => HOST_LABELS.flatMap((label) => labels[label] ?? []));
  const told = incident?.lastPublic?.component?.toLowerCase() ?? '';
  const names = [...people, ...(oncall?.plan.people ?? [])].map(({ name }) => name);
  const systems = [...targets.flatMap(({ name, hosts = [] }) => [name, ...hosts]), ...hosts];
  return {
    people: [...new Set([...names, ...holders])],
    systems: [...new Set(systems)].filter((name) => !told.includes(name.toLowerCase())),
  };
}

/** What single words look like that mean something only to us: severities, entries, addresses, hosts, paths, software. */
const INTERNAL = [
  /^SEV-?[0-3]$/i,
  /^#\d+$/,
  /^(?:\w+:\/\/)?\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?:\/|$)/,
  /^[\da-f:]*::[\da-f:]*$/i,
  /^(?:\w+:\/\/)?[\w.-]+\.(?:internal|local|lan|corp|svc|cluster)(?::\d+)?(?:\/|$)/i,
  // Four labels and more: db1.prod.example.com, while status.example.com may be for readers.
  /^[a-z][\w-]*(?:\.[\w-]+){3,}(?::\d+)?$/i,
  /^[a-z][a-z-]*-\d+$/i,
  /^\/[\w.-]+\/[\w./-]*$/,
  /^(?:postgres(?:ql)?|redis|websockets?|pgbouncer|kubernetes|k8s|pods?|deploy(?:ment)?|rollback|exception|timeouts?|OOM)$/i,
];
/** A longer word is no host and no path. */
const LONGEST = 253;

/** The words of `text` that sound internal, each once, in the order they stand there. */
export function internalWords(text: string, { people, systems }: InternalNames): readonly string[] {
  const words = [...text.matchAll(/[^\s()"',;!?]+/g)].flatMap(({ 0: raw, index }) => {
    const word = raw.length > LONGEST ? '' : raw.replace(/[.:]+$/, '');
    return INTERNAL.some((pattern) => pattern.test(word)) ? [{ word, at: index }] : [];
  });
  const names = [...people, ...systems].flatMap((name) => {
    const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const found =
      name.length < 3 ? null : new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'iu').exec(text);
    return found === null ? [] : [{ word: found[0], at: found.index }];
  });
  return [...new Set([...words, ...names].sort((a, b) => a.at - b.at).map(({ word }) => word))];
}
