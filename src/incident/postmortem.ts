/** The parts of a postmortem that people write (handbook, "Postmortem Template"), and the chain of the five whys. Pure. */
import * as v from 'valibot';
import { maybe, perKey, time, whole, type Fields } from './shapes.ts';

interface Section {
  readonly title: string;
  /** What is asked for, for whoever has not written it yet. */
  readonly asks: string;
  readonly hint: string;
}

/** In the order of the template. */
export const SECTIONS = {
  impact: {
    title: 'Impact',
    asks: 'What did users notice, how many of them, for how long, and did it cost revenue or data?',
    hint: 'Figures and words; what the record knows stands above it.',
  },
  cause: {
    title: 'Root Cause',
    asks: 'What went wrong, technically and in detail?',
    hint: 'What the systems did and why that was possible, not who did it.',
  },
  factors: {
    title: 'Contributing Factors',
    asks: 'What else had to be so for it to happen, to spread, or to last this long?',
    hint: 'One a line: missing limits, tests, alarms, documents, time.',
  },
  well: {
    title: 'What Went Well',
    asks: 'What about the response helped, and is worth keeping?',
    hint: 'One a line.',
  },
  poorly: {
    title: 'What Went Poorly',
    asks: 'What slowed the response down, or made it harder than it had to be?',
    hint: 'One a line; each is worth an action item.',
  },
  lessons: {
    title: 'Lessons Learned',
    asks: 'What does the team take away from it?',
    hint: 'What somebody who was not there would want to know.',
  },
  whys: {
    title: '5 Whys Analysis',
    asks: 'Why did it happen, and why was that, until the root is reached?',
    hint: 'A numbered question, then "→ Because …" below it. Fewer than five are enough: end with "Root reached."',
  },
} as const satisfies Record<string, Section>;
export type SectionId = keyof typeof SECTIONS;
export const SECTION_IDS = Object.keys(SECTIONS) as SectionId[];
export const isSection = (id: string): id is SectionId => Object.hasOwn(SECTIONS, id);

/** Characters of a section. */
export const SECTION_LENGTH = 10_000;
/** People who wrote in it that are kept in the state. */
export const AUTHORS = 50;

const text = v.string();
const written = v.object({ seq: whole(1), at: time, by: text, text });

/** As the state of the incident has it. */
export const postmortemShape = v.object({
  /** By section: the last text; an empty one was taken back. Absent: never written. */
  sections: perKey(SECTION_IDS, maybe(written)),
  /** Who wrote in it, in the order they began. */
  authors: v.array(text),
  /** The last publication; the first one counts for the deadline and stands in the timestamps. */
  published: maybe(v.object({ seq: whole(1), at: time, by: text })),
});
export type Postmortem = Fields<typeof postmortemShape>;

export const NO_POSTMORTEM: Postmortem = { sections: {}, authors: [] };

/** The sections without a text. */
export const emptySections = ({ sections }: Postmortem = NO_POSTMORTEM): readonly SectionId[] =>
  SECTION_IDS.filter((id) => (sections[id]?.text ?? '') === '');

/** `"Root Cause" and "Lessons Learned"` */
export function titlesOf(ids: readonly SectionId[]): string {
  const titles = ids.map((id) => `"${SECTIONS[id].title}"`);
  return titles.length < 2 ? titles.join('') : `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}`;
}

/** Control characters that no text of a document has, and halves of characters. */
const NO_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/u;
/** Where a text that is written into a postmortem has such a character; -1: nowhere. */
export const badCharacter = (text: string): number => text.search(NO_TEXT);

/** A text as it is kept: lines end with a newline, and nothing stands after the last word. */
export const sectionText = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();

/** A question of the five whys and its answer; empty: not answered yet. */
export interface Why {
  readonly question: string;
  readonly because: string;
}
export interface Whys {
  readonly steps: readonly Why[];
  /** Somebody wrote "root reached". */
  readonly isRootReached: boolean;
  /** What is to be asked next; null: the chain is complete. */
  readonly next: string | null;
}

export const MOST_WHYS = 5;
const QUESTION = /^\s*\d{1,2}[.)]\s+(.*)$/;
const BECAUSE = /^\s*(?:→|->|=>|[-*])?\s*because\b[\s:,]*(.*)$/i;
const ROOT = /^\s*(?:→|->|=>|[-*])?\s*root(?: cause)? reached[.!]?\s*$/i;

/** Reads the chain; `about`: what happened, which the first question asks. */
export function whysOf(text: string, about: string): Whys {
  const steps: { question: string; because: string }[] = [];
  let isRootReached = false;
  let part: 'question' | 'because' = 'question';
  for (const line of text.split('\n')) {
    const [question, because] = [QUESTION.exec(line)?.[1], BECAUSE.exec(line)?.[1]];
    const last = steps.at(-1);
    if (ROOT.test(line)) isRootReached = true;
    else if (question !== undefined) {
      steps.push({ question: question.trim(), because: '' });
      part = 'question';
    } else if (because !== undefined && last !== undefined) {
      last.because = because.trim();
      part = 'because';
    } else if (line.trim() !== '' && last !== undefined) last[part] = `${last[part]} ${line.trim()}`.trim();
  }
  return { steps, isRootReached, next: nextWhy(steps, isRootReached, about) };
}

function nextWhy(steps: readonly Why[], isRootReached: boolean, about: string): string | null {
  const last = steps.at(-1);
  if (isRootReached || (steps.length >= MOST_WHYS && last?.because !== '')) return null;
  if (last === undefined) return `Why did this happen: ${about}?`;
  return last.because === '' ? last.question : `Why was that: ${last.because.replace(/[.?!]+$/, '')}?`;
}

/** The chain with the answer to its next question. */
export function withBecause(text: string, about: string, because: string): string {
  const { steps, next } = whysOf(text, about);
  if (next === null) return text;
  const asked = steps.at(-1)?.because === '' ? [] : [`${steps.length + 1}. ${next}`];
  return [...(text.trim() === '' ? [] : [text.trimEnd()]), ...asked, `   → Because ${because.trim()}`].join('\n');
}
