/** Reads a Markdown file as a runbook. Never throws; whatever is wrong with the file is among its faults. */
import { shownSource, type ConfigFault } from '../config/fault.ts';
import type { TextFile } from '../config/text-file.ts';
import { readFrontMatter, type OwnFrontMatter } from './front-matter.ts';
import { blocksOf, type MarkdownBlock } from './markdown.ts';
import type { Runbook, ParsedStep } from './runbook.ts';
import { escalationsOf, sectionsOf } from './sections.ts';
import { readSteps, type LineFault } from './steps.ts';

/** Larger files are not read, characters. */
const MAX_FILE = 2_000_000;
const MAX_FAULTS = 200;

export interface RunbookFault extends ConfigFault {
  /** False: only worth a look. */
  readonly isFault: boolean;
}
export interface ReadRunbook {
  readonly runbook: Runbook;
  /** In the order of their lines. */
  readonly faults: readonly RunbookFault[];
}

/** `name`: what the runbook is called. */
export function readRunbook({ path: file, text: raw, unread }: TextFile, name: string): ReadRunbook {
  const isTooLong = raw.length > MAX_FILE;
  const text = isTooLong
    ? ''
    : raw
        .replace(/^\uFEFF/, '')
        .replace(/\r\n?/g, '\n')
        .replaceAll('\0', '\uFFFD');
  const { matter, body } = readFrontMatter(file, text);
  const blocks = blocksOf(body);
  const lines = body.split('\n');
  const sections = sectionsOf(blocks, lines.length);
  const params = matter.ours?.params ?? [];
  const source = {
    blocks,
    lines,
    sections,
    isOurs: matter.ours !== null,
    params: params.map(({ param }) => param.name),
  };
  const { steps, faults } = readSteps(source);
  const runbook: Runbook = {
    name,
    file,
    title: titleOf(blocks) ?? matter.title ?? name,
    alerts: matter.ours?.alerts ?? [],
    severity: matter.ours?.severity ?? null,
    params: new Map(params.map(({ param }) => [param.name, param])),
    steps,
    sections,
    text: shownText(lines, blocks),
    escalations: escalationsOf(blocks, sections, lines),
    links: matter.ours?.links ?? new Map(),
  };
  const whole = (message: string): LineFault => ({ line: 1, column: 1, message, isFault: true });
  const found: LineFault[] = [
    ...(unread === undefined ? [] : [whole(`the file cannot be read (${unread})`)]),
    ...(isTooLong ? [whole(`the file is larger than ${MAX_FILE} characters`)] : []),
    ...faults,
    ...blocks
      .filter((block) => block.kind === 'comment')
      .filter(({ isClosed }) => !isClosed)
      .map(unclosed),
    ...unusedParams(params, steps),
  ];
  const original = text.split('\n');
  const located = found
    .slice(0, MAX_FAULTS)
    .map((fault) => ({ ...fault, file, source: shownSource(original[fault.line - 1]) }));
  const ofMatter = matter.faults.map((fault) => ({ ...fault, isFault: true }));
  const all = [...ofMatter, ...located].toSorted((a, b) => a.line - b.line || a.column - b.column);
  return { runbook, faults: all.slice(0, MAX_FAULTS) };
}

function titleOf(blocks: readonly MarkdownBlock[]): string | null {
  const headings = blocks
    .filter((block) => block.kind === 'heading')
    // `# <%= current_page.data.title %>`
    .filter(({ text }) => text !== '' && !/<%|\{\{/.test(text));
  const heading = headings.find(({ level }) => level === 1) ?? headings[0];
  return heading === undefined ? null : heading.text.replace(/^runbook:\s*/i, '');
}

function shownText(lines: readonly string[], blocks: readonly MarkdownBlock[]): string {
  const shown = [...lines];
  for (const block of blocks) if (block.kind === 'comment') shown.fill('', block.line - 1, block.endLine);
  return shown.join('\n');
}

const unclosed = ({ line }: MarkdownBlock): LineFault => ({
  line,
  column: 1,
  message: 'this comment is not closed: it hides what follows',
  isFault: true,
});

function unusedParams(params: OwnFrontMatter['params'], steps: readonly ParsedStep[]): LineFault[] {
  const used = new Set(steps.flatMap((step) => step.params));
  return params
    .filter(({ param }) => !used.has(param.name))
    .map(({ param, location: { line, column } }) => {
      return { line, column, message: `no step takes the parameter ${param.name}`, isFault: false };
    });
}
