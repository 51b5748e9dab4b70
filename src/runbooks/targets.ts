/** Which targets of the configuration a step may run against. */
import { suggestion } from '../incident/fuzzy.ts';
import type { Runbook, ParsedStep } from './runbook.ts';
import type { LineFault } from './steps.ts';

export interface NamedTarget {
  readonly name: string;
  readonly kind: string;
}

/** The kinds of targets that a step in a language works on; a step in another one needs none. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  sql: ['postgres'],
  redis: ['redis'],
  http: ['http', 'websocket'],
};

/** Those a step means: the one with the name it gives, else all of the kind it gives or needs. With several, the alert decides. */
export function targetsOf<T extends NamedTarget>(
  { target, language }: ParsedStep,
  targets: readonly T[],
): readonly T[] {
  const kinds = KINDS[language ?? ''] ?? [];
  const fitting = targets.filter(({ kind }) => kinds.includes(kind));
  const named = fitting.filter(({ name }) => name === target);
  if (named.length > 0) return named;
  return target === null || kinds.includes(target)
    ? fitting.filter(({ kind }) => target === null || kind === target)
    : [];
}

/** What is wrong with the targets of steps. That there is none of a kind is no fault of the file's. */
export function targetFaults({ steps, text }: Runbook, targets: readonly NamedTarget[]): readonly LineFault[] {
  const lines = text.split('\n');
  return steps.flatMap((step): LineFault[] => {
    const { target, language, isExecutable, line } = step;
    const kinds = KINDS[language ?? ''] ?? [];
    const isNeeded = target !== null || (isExecutable && language !== 'http');
    if (!isNeeded || kinds.length === 0 || targetsOf(step, targets).length > 0) return [];
    const column = Math.max(0, lines[line - 1]?.lastIndexOf('target') ?? 0) + 1;
    const other = targets.find(({ name }) => name === target);
    if (target === null || (other === undefined && kinds.includes(target)))
      return [{ line, column, message: `there is no ${target ?? kinds[0]} target here to run it on`, isFault: false }];
    const message =
      other === undefined
        ? `there is no target "${target}"${suggestion(
            target,
            targets.map(({ name }) => name),
          )}`
        : `${target} is of kind ${other.kind}: steps in ${language} need ${kinds.join(' or ')}`;
    return [{ line, column, message, isFault: true }];
  });
}
