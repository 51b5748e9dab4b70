/** A runbook as it was read: its text, its sections and its steps. */
import type { Severity } from '../incident/severity.ts';
import type { Settings } from './attributes.ts';

export type StepKind = 'observe' | 'mutate' | 'ask' | 'note';

export interface Runbook {
  /** Its path below the folder of runbooks, without the ending. */
  readonly name: string;
  readonly file: string;
  readonly title: string;
  readonly alerts: readonly string[];
  readonly severity: Severity | null;
  readonly params: ReadonlyMap<string, Param>;
  /** In reading order. */
  readonly steps: readonly Step[];
  readonly sections: readonly Section[];
  /** The Markdown, line by line as in the file; front matter and comments are empty lines. */
  readonly text: string;
  /** The lines that say when to call whom. */
  readonly escalations: readonly Escalation[];
  /** Name -> a template of a URL. */
  readonly links: ReadonlyMap<string, string>;
}

export interface Step extends Omit<Settings, 'name' | 'kind' | 'isIgnored' | 'isLeftOutOfRunAll'> {
  /** Unique in its runbook; made from its section where it was given none. */
  readonly name: string;
  /** `mutate` also where only its words look so. */
  readonly kind: StepKind;
  /** One of RUNNABLE, or another one's name such as `yaml`; null: words for people. */
  readonly language: string | null;
  /** Without the prompts of a terminal. */
  readonly text: string;
  /** What its block shows as printed by its commands. */
  readonly output: string | null;
  /** The names of what has to be filled in: `${{name}}`, and `<name>` and `$NAME` in commands. */
  readonly params: readonly string[];
  /** Of the fence, from 1. */
  readonly line: number;
  /** False: it is shown and copied, never run. */
  readonly isExecutable: boolean;
}

export interface Param {
  readonly name: string;
  /** Null: it must be given, or stands in `env`. */
  readonly default: string | null;
  /** The variable of the hub's environment that has it where it is not given. */
  readonly env: string | null;
  readonly about: string | null;
  /** Other values are refused; none: any. */
  readonly choices: readonly string[];
  readonly isNumber: boolean;
  /** Its value is masked wherever it would be kept or shown. */
  readonly isSecret: boolean;
}

export interface Section {
  readonly title: string;
  /** Of its heading, 1 to 6. */
  readonly level: number;
  /** As in the link `#quick-diagnosis`. */
  readonly anchor: string;
  readonly line: number;
  /** Of the last line, those of the sections below it included. */
  readonly endLine: number;
}

export interface Escalation {
  readonly text: string;
  readonly level: 'L2' | 'L3' | 'L4' | null;
  readonly line: number;
}

export const stepNamed = ({ steps }: Runbook, name: string): Step | undefined =>
  steps.find((step) => step.name === name);

/** The steps in a section and in those below it. */
export const stepsIn = ({ steps }: Runbook, section: Section | null): readonly Step[] =>
  section === null ? steps : steps.filter(({ line }) => line >= section.line && line <= section.endLine);
