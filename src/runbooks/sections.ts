/** The sections of a file, by its headings; and what its section about escalation says. */
import type { MarkdownBlock } from './markdown.ts';
import type { Escalation, RunbookSection } from './runbook.ts';

/** Longer lines about escalation are cut, characters. */
const MAX_LINE = 300;
const MAX_SECTIONS = 20;

/** `lastLine`: of the file. In reading order. */
export function sectionsOf(blocks: readonly MarkdownBlock[], lastLine: number): readonly RunbookSection[] {
  const headings = blocks.filter((block) => block.kind === 'heading');
  const ends = headings.map(() => lastLine);
  /** The headings whose section has not ended. */
  const open: number[] = [];
  headings.forEach(({ level, line }, at) => {
    while (open.length > 0 && (headings[open.at(-1) ?? 0]?.level ?? 0) >= level) ends[open.pop() ?? 0] = line - 1;
    open.push(at);
  });
  const counts = new Map<string, number>();
  return headings.map(({ text, level, line }, at) => {
    const slug = slugOf(text);
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    return { title: text, level, anchor: count === 0 ? slug : `${slug}-${count}`, line, endLine: ends[at] ?? lastLine };
  });
}

/** The smallest section that a line is in. */
export function sectionAt(sections: readonly RunbookSection[], line: number): RunbookSection | null {
  let low = 0;
  let high = sections.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sections[middle]?.line ?? 0) <= line) low = middle + 1;
    else high = middle;
  }
  return sections[low - 1] ?? null;
}

/** As web pages make an anchor of a heading. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** The handbook's levels; L1 is who was called first. */
const LEVELS: readonly (readonly [RegExp, 'L2' | 'L3' | 'L4'])[] = [
  [/\bL2\b|\bsecondary on-?call\b/i, 'L2'],
  [/\bL3\b|\btech(?:nical)? lead\b/i, 'L3'],
  [/\bL4\b|\bVP\b/, 'L4'],
];

/** The items of a section about escalation, or its text; and items elsewhere that say `escalate to`. */
export function escalationsOf(
  blocks: readonly MarkdownBlock[],
  sections: readonly RunbookSection[],
  lines: readonly string[],
): readonly Escalation[] {
  const about = sections.filter(({ title }) => /escalat/i.test(title)).slice(0, MAX_SECTIONS);
  const isInside = (line: number): boolean => about.some((one) => line >= one.line && line <= one.endLine);
  const items = blocks
    .filter((block) => block.kind === 'item')
    .filter(({ text, line }) => /\bescalate to\b/i.test(text) || isInside(line));
  const bare = about.filter(({ line, endLine }) => !items.some((item) => item.line >= line && item.line <= endLine));
  const texts = bare.map(({ line, endLine }) => {
    const inside = lines.slice(line, endLine);
    return { line: line + 1 + inside.findIndex((one) => one.trim() !== ''), text: inside.join(' ') };
  });
  return [...items, ...texts]
    .map(({ line, text }) => ({ line, text: text.replace(/\s+/g, ' ').trim().slice(0, MAX_LINE) }))
    .filter(({ text }) => text !== '')
    .toSorted((a, b) => a.line - b.line)
    .map(({ line, text }) => ({ text, level: LEVELS.find(([words]) => words.test(text))?.[1] ?? null, line }));
}
