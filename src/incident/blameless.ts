/** Hints at words that blame (handbook, "Postmortem (Blameless)"): few, and only what hardly means anything else. Pure. */
import { SECTION_IDS, type Postmortem, type SectionId } from './postmortem.ts';

export interface BlameHint {
  readonly section: SectionId;
  /** From 1, within the section. */
  readonly line: number;
  /** The words as they stand there; unsafe text. */
  readonly words: string;
  /** What to write instead, as a sentence. */
  readonly hint: string;
}

/** Somebody, and not a system: what fails to start is described, who fails to look is blamed. */
const SOMEBODY = String.raw`(?:I|he|she|they|we|you|who|nobody|no one|any(?:one|body)|every(?:one|body)|some(?:one|body)|\w*(?:engineer|operator|developer|responder|admin|colleague|manager)s?|people|person|team|staff|on-call)`;

const PHRASES: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:should(?:n['’]t| not)?|could|ought to) have\b|\bshould['’]ve\b/giu,
    'say what happened and what made it likely, not what would have been right',
  ],
  [
    new RegExp(String.raw`\b${SOMEBODY} (?:has |have |had )?failed to\b`, 'giu'),
    'say what stood in the way: what was not seen, not known, not possible',
  ],
  [/\b(?:forgot|neglected)\b/giu, 'say what did not remind, check or do it by itself'],
  [
    /\b(?:human|operator|pilot) error\b/giu,
    'an error of a person is where the question begins: what made it possible, or easy?',
  ],
  [/\b(?:careless|negligent|incompetent|sloppy|lazy)(?:ly|ness)?\b/giu, 'judge the system, not the person'],
];

/** Sections that are about causes; elsewhere names are fine: people are thanked by name. */
const WITHOUT_NAMES: ReadonlySet<SectionId> = new Set(['cause', 'factors', 'poorly', 'whys']);
const NAMED = 'name the role or the system: with a name it reads as blame';
/** Shorter names are too easily other words. */
const SHORTEST_NAME = 3;

/** Of one section, in the order of the text. `people`: who took part. */
export function blameHints(section: SectionId, text: string, people: readonly string[]): readonly BlameHint[] {
  const names = WITHOUT_NAMES.has(section) ? people.filter(({ length }) => length >= SHORTEST_NAME) : [];
  const named = names.map(
    (name) => [new RegExp(`(?<![\\p{L}\\p{N}_])@?${quoted(name)}(?![\\p{L}\\p{N}_])`, 'giu'), NAMED] as const,
  );
  return text.split('\n').flatMap((line, i) =>
    [...PHRASES, ...named]
      .flatMap(([pattern, hint]) => [...line.matchAll(pattern)].map(({ 0: words, index }) => ({ index, words, hint })))
      .sort((a, b) => a.index - b.index)
      .map(({ words, hint }) => ({ section, line: i + 1, words, hint })),
  );
}

/** Of everything that is written. */
export const allBlameHints = (postmortem: Postmortem | undefined, people: readonly string[]): readonly BlameHint[] =>
  SECTION_IDS.flatMap((id) => blameHints(id, postmortem?.sections[id]?.text ?? '', people));

const quoted = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
