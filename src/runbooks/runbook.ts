/** A runbook as it was read: its text, its sections and its steps. */
import type { RunbookStep, RunbookView } from '../protocol/questions.ts';
import type { StepAttributes } from './attributes.ts';

/** `name`: its path below the folder of runbooks, without the ending. */
export interface Runbook extends Omit<RunbookView, 'params' | 'steps' | 'links'> {
  readonly params: ReadonlyMap<string, Param>;
  readonly steps: readonly ParsedStep[];
  /** Name -> a template of a URL. */
  readonly links: ReadonlyMap<string, string>;
}

export type StepKind = RunbookStep['kind'];
export type ParsedStep = RunbookStep & Pick<StepAttributes, 'timeoutMs' | 'sinceMs' | 'cwd' | 'interpreter'>;
/** What its process has to know of it. */
export type RunnableStep = Pick<
  ParsedStep,
  'language' | 'text' | 'uses' | 'timeoutMs' | 'sinceMs' | 'cwd' | 'interpreter' | 'undo'
>;
export type Param = RunbookView['params'][number] & {
  /** The variable of the hub's environment that has it where it is not given. */
  readonly env: string | null;
  readonly isNumber: boolean;
};
export type RunbookSection = RunbookView['sections'][number];
export type Escalation = RunbookView['escalations'][number];

export const stepNamed = ({ steps }: Runbook, name: string): ParsedStep | undefined =>
  steps.find((step) => step.name === name);

/** The steps in a section and in those below it. */
export const stepsIn = ({ steps }: Runbook, section: RunbookSection | null): readonly ParsedStep[] =>
  section === null ? steps : steps.filter(({ line }) => line >= section.line && line <= section.endLine);
