/** The steps of a runbook: its fenced blocks; without any, its lists are a checklist. */
import { hasOurs, readAttributes, type StepAttributes } from './attributes.ts';
import { PARAM_NAME } from './front-matter.ts';
import { readInfo, type InfoString } from './info-string.ts';
import { languageOf, RUNNABLE } from './language.ts';
import type { MarkdownBlock, Fence } from './markdown.ts';
import type { RunbookSection, ParsedStep, StepKind } from './runbook.ts';
import { sectionAt } from './sections.ts';
import { asksOf } from './shell-text.ts';
import { changes, PARAM, stepFaults, type CheckedStep, type StepFault } from './step-check.ts';
import { readTranscript } from './transcript.ts';
import { USES } from './uses.ts';

/** Blocks after these are no steps. */
const MAX_STEPS = 500;
/** Sections whose lists tell something, and ask for nothing. */
const NO_CHECKLIST = /symptom|meaning|impact|description|overview|escalat|prevent|reference|background/i;

/** Line and column count from 1. */
export interface LineFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** False: only worth a look. */
  readonly isFault: boolean;
}
/** What the steps are read from. */
interface Source {
  readonly blocks: readonly MarkdownBlock[];
  readonly lines: readonly string[];
  readonly sections: readonly RunbookSection[];
  /** Whether the file has a `warroom:`. */
  readonly isOurs: boolean;
  readonly params: readonly string[];
}

/** A fence with all that is known of it before the names of the others are. */
interface Draft extends CheckedStep {
  readonly fence: Fence;
  readonly info: InfoString;
  readonly output: string | null;
  readonly settings: StepAttributes;
  readonly faults: LineFault[];
}

export function readSteps(source: Source): { steps: readonly ParsedStep[]; faults: readonly LineFault[] } {
  const fences = source.blocks.filter((block) => block.kind === 'fence');
  const isMeant = source.isOurs || fences.some(({ info }) => hasOurs(readInfo(info)));
  const drafts = fences.slice(0, MAX_STEPS).map((fence) => draftOf(fence, source.isOurs, isMeant));
  const steps = drafts.filter(({ settings }) => !settings.isIgnored);
  if (fences.length === 0) return { steps: checklist(source), faults: [] };
  const names = namesOf(steps, source.sections);
  const answers = steps.flatMap(({ kind, settings }) =>
    kind === 'ask' && settings.name !== null ? settings.name : [],
  );
  const params = new Set([...source.params, ...answers]);
  const known = new Set<string>();
  const read = steps.map((draft, at): ParsedStep => {
    if (isMeant && (draft.settings.name !== null || hasOurs(draft.info)))
      for (const fault of stepFaults(draft, params)) draft.faults.push(placed(fault, draft, source.lines));
    return stepOf(draft, draft.fence.line, names[at] ?? '', known, source.isOurs);
  });
  const faults = drafts.flatMap((draft) => draft.faults);
  const message = `only the first ${MAX_STEPS} blocks are steps`;
  const extra = fences.slice(MAX_STEPS, MAX_STEPS + 1).map(({ line }) => ({ line, column: 1, message, isFault: true }));
  return { steps: read, faults: [...faults, ...extra] };
}

function draftOf(fence: Fence, isOurs: boolean, isMeant: boolean): Draft {
  const info = readInfo(fence.info);
  const { settings, faults } = readAttributes(info, isMeant);
  const found = faults.map(({ at, ...fault }) => ({ line: fence.line, column: fence.infoColumn + at, ...fault }));
  const say = (message: string, isFault: boolean): unknown =>
    found.push({ line: fence.line, column: fence.infoColumn, message, isFault });
  if (!fence.isClosed) say('this block is not closed: it takes all that follows', true);
  if (isMeant && !isOurs && hasOurs(info)) say('nothing here is run: the front matter has no warroom:', false);
  const isWords = info.language === 'ask' || info.language === 'note';
  const language = isWords ? null : languageOf(info.language, fence.text);
  const { commands: text, output } =
    language === 'sh' ? readTranscript(textOf(fence)) : { commands: textOf(fence), output: null };
  const kind = isWords ? (info.language === 'ask' ? 'ask' : 'note') : kindOf(language, text, settings, info, isMeant);
  return { fence, info, language, kind, text, output, settings, faults: found };
}

/** What is not closed has taken in the text below it, which must not be copied into a shell: up to the first empty line. */
const textOf = ({ text, isClosed }: Fence): string =>
  isClosed ? text : `${text.split(/\n[ \t]*(?:\n|`{1,2}[ \t]*\n)/, 1)[0] ?? ''}\n`;

function kindOf(
  language: string | null,
  text: string,
  settings: StepAttributes,
  info: InfoString,
  isMeant: boolean,
): StepKind {
  const languages: readonly string[] = isMeant ? RUNNABLE : ['sh', 'sql', 'redis'];
  if (language === null || !languages.includes(language)) return 'note';
  if (settings.kind !== null) return settings.kind;
  // A misspelt kind may have been `mutate`.
  const isMisspelt = info.attributes.some(({ key }) => key === 'kind');
  if (isMisspelt || (settings.uses !== null && USES[settings.uses]?.kind === 'mutate')) return 'mutate';
  return settings.uses === null && changes(language, text) ? 'mutate' : 'observe';
}

/** The names given, each for the first block that has it; the others are named after their sections. */
function namesOf(drafts: readonly Draft[], sections: readonly RunbookSection[]): readonly string[] {
  const given = new Map<string, Draft>();
  for (const draft of drafts) {
    const { name } = draft.settings;
    const first = name === null ? undefined : given.get(name);
    if (name !== null && first === undefined) given.set(name, draft);
    if (first === undefined) continue;
    const at = draft.info.attributes.find(({ key }) => key === 'name')?.at ?? 0;
    const message = `${name} is the name of the block in line ${first.fence.line}, too`;
    draft.faults.push({ line: draft.fence.line, column: draft.fence.infoColumn + at, message, isFault: true });
  }
  const name = namer(sections, new Set(given.keys()));
  return drafts.map((draft) => {
    const own = draft.settings.name;
    return own !== null && given.get(own) === draft ? own : name(draft.fence.line);
  });
}

/** Names by the section that a line is in, and a number. */
function namer(sections: readonly RunbookSection[], taken: Set<string>): (line: number) => string {
  const counts = new Map<string, number>();
  return (line) => {
    const base = sectionAt(sections, line)?.anchor.slice(0, 40) || 'step';
    for (;;) {
      const count = (counts.get(base) ?? 0) + 1;
      counts.set(base, count);
      const name = `${base}-${count}`;
      if (taken.has(name)) continue;
      taken.add(name);
      return name;
    }
  };
}

function stepOf(
  { kind, language, text, output, settings, faults }: Omit<Draft, 'fence' | 'info'>,
  line: number,
  name: string,
  known: Set<string>,
  isOurs: boolean,
): ParsedStep {
  const { name: given, kind: _, isIgnored: _ignored, isLeftOutOfRunAll: _left, ...said } = settings;
  const bound = isOurs ? [...text.matchAll(PARAM)].map(([, param = '']) => param.trim()) : [];
  const asked = language === 'sh' || (!isOurs && language === 'sql') ? asksOf(text, known) : [];
  const params = [...new Set([...bound.filter((param) => PARAM_NAME.test(param)), ...asked])];
  const isRunnable = kind === 'observe' || (kind === 'mutate' && (settings.uses !== null || language === 'sh'));
  const isExecutable = isOurs && given === name && isRunnable && !faults.some(({ isFault }) => isFault);
  return { name, kind, language, text, output, params, ...said, line, isExecutable };
}

function placed({ at, message, isFault }: StepFault, { fence, text }: Draft, lines: readonly string[]): LineFault {
  if (at === null || text !== fence.text) return { line: fence.line, column: fence.infoColumn, message, isFault };
  const before = text.slice(0, at).split('\n');
  const inLine = before.at(-1)?.length ?? 0;
  const line = fence.line + before.length;
  // Blocks in lists are set in, there by tabs and blanks that are not in their text.
  const shown = text.slice(at - inLine).split('\n', 1)[0] ?? '';
  const indent = Math.max(0, lines[line - 1]?.indexOf(shown) ?? 0);
  return { line, column: indent + inLine + 1, message, isFault };
}

/** The numbered items and boxes to tick of a file without blocks; where there are none, all items. */
function checklist({ blocks, sections }: Source): readonly ParsedStep[] {
  const asking = blocks
    .filter((block) => block.kind === 'item')
    .filter(({ line, text }) => text !== '' && !NO_CHECKLIST.test(sectionAt(sections, line)?.title ?? ''));
  const numbered = asking.filter(({ isNumbered }) => isNumbered);
  const name = namer(sections, new Set());
  const { settings } = readAttributes(readInfo(''), false);
  return (numbered.length > 0 ? numbered : asking).slice(0, MAX_STEPS).map((item) => {
    const kind: StepKind = 'note';
    const draft = { kind, language: null, text: item.text, output: null, settings, faults: [] };
    return stepOf(draft, item.line, name(item.line), new Set(), false);
  });
}
