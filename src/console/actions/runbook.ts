/** Runbooks: open one, run, confirm, approve and stop its steps. */
import { groupedNumber } from '../../incident/words.ts';
import { emptyDraft, isEmptyText } from '../../terminal/editor.ts';
import { isRunOver, type StepRun } from '../../incident/runs.ts';
import { isOn } from '../../incident/incident.ts';
import { spanInWords } from '../../incident/time.ts';
import { textLines } from '../modal-parts.ts';
import type { Line } from '../../terminal/text.ts';
import {
  authority,
  noIncident,
  printed,
  type Choice,
  type Field,
  type HubAction,
  type ScreenAction,
} from '../action.ts';
import { runInWords } from '../../../panels/runbook.ts';
import { STILL_MS } from '../page.ts';
import { openOver, withEffect, type Ui, type UiChange } from '../state.ts';
import { notKnown, type View } from '../view.ts';

/** Opens the runbook of that name, or of that alert, over the panels. */
export const openRunbook = (ui: Ui, name: string): UiChange =>
  withEffect(openOver(ui, { kind: 'runbook', name, answer: null, at: null, side: 'steps', scroll: null }), {
    do: 'ask',
    about: { what: 'runbook', name },
  });

export const runbookAction: ScreenAction = {
  name: 'runbook',
  alias: ['runbooks', 'rb'],
  key: 'f6',
  does: 'runbooks: read one, run its steps',
  hint: 'runbooks',
  usage: '/runbook [name or alert]',
  whyNot(view) {
    const unknown = notKnown(view);
    return unknown === null ? null : `${unknown} which runbooks there are`;
  },
  apply(ui, view, args) {
    if (args !== '') return openRunbook(ui, args);
    const alerts = (view.alerts ?? []).filter(({ state }) => isOn(state)).slice(0, 200);
    const about = { what: 'runbooks', alerts: alerts.map(({ rule, runbook }) => ({ rule, runbook })) } as const;
    const modal = { kind: 'runbooks', query: emptyDraft, at: 0, answer: null, openedAt: view.mono } as const;
    return withEffect({ ...ui, modal }, { do: 'ask', about });
  },
};

/** `name=value`, `name="a value"`; null where it is nothing of the kind. */
function readParams(text: string): Readonly<Record<string, string>> | null {
  const params: Record<string, string> = {};
  const rest = text.replace(
    /([\p{L}_][\p{L}\p{N}_.-]*)=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))/gu,
    (_, name: string, quoted?: string, bare?: string) => {
      params[name] =
        quoted === undefined
          ? (bare ?? '')
          : quoted.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
      return '';
    },
  );
  return rest.trim() === '' ? params : null;
}
/** As they are read again; a line break is `\n`. */
export const writtenParams = (params: Readonly<Record<string, string>>): string =>
  Object.entries(params)
    .map(
      ([name, value]) =>
        `${name}=${/^[^\s"]*$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`}`,
    )
    .join(' ');

export const runAction: HubAction = {
  name: 'run',
  does: 'run a step of a runbook; what would change something is only previewed',
  usage: '/run RUNBOOK STEP [name=value ...]',
  whyNot: noIncident,
  title: () => 'RUN A STEP',
  fields: [
    { kind: 'text', name: 'runbook', ask: 'Runbook', needed: true, inline: true },
    { kind: 'text', name: 'step', ask: 'Step', needed: true, inline: true },
    { kind: 'text', name: 'target', ask: 'On target', inline: true, hint: 'where several fit' },
    { kind: 'text', name: 'skip', ask: 'Leave it out, because', inline: true },
    { kind: 'text', name: 'params', ask: 'With', hint: 'name=value name="a value"' },
  ],
  parse(args) {
    const [, runbook = '', step = '', params = ''] = /^(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(args) ?? [];
    return { runbook, step, params };
  },
  print(command) {
    if (command.kind !== 'run_step' || command.skip !== undefined) return null;
    return printed('/run', command.runbook, command.step, writtenParams(command.params ?? {}));
  },
  command(_view, { runbook = '', step = '', params = '', target = '', skip = '' }) {
    const read = readParams(params);
    if (read === null) return 'parameters are written name=value, or name="a value"';
    return {
      kind: 'run_step',
      runbook: runbook.trim(),
      step: step.trim(),
      ...(Object.keys(read).length === 0 ? {} : { params: read }),
      ...(target.trim() === '' ? {} : { target: target.trim() }),
      ...(skip.trim() === '' ? {} : { skip: skip.trim() }),
    };
  },
};

type In = (run: StepRun, view: View) => boolean;
const runsThat = (view: View, are: In): readonly StepRun[] =>
  (view.incident?.runs ?? []).filter((run) => are(run, view)).toReversed();

const choices =
  (are: In) =>
  (view: View): readonly Choice[] =>
    runsThat(view, are).map((run) => ({
      value: `#${run.seq}`,
      label: `#${run.seq} ${run.step}`,
      about: `${runInWords(run)}, asked by ${run.by}`,
    }));

const whichRun = (ask: string, are: In): Field => ({
  kind: 'choice',
  name: 'ref',
  ask,
  needed: true,
  from: choices(are),
  initial: (view) => choices(are)(view)[0]?.value ?? '',
});

const refOf = (ref: string): number => Number(ref.replace(/^#/, ''));
const runNamed = (view: View, ref: string): StepRun | undefined =>
  view.incident?.runs?.find(({ seq }) => seq === refOf(ref));

/** What it would change, whole: what a person has to know before it happens. */
function previewLines(view: View, { ref = '' }: Readonly<Record<string, string>>, cols: number): readonly Line[] {
  const run = runNamed(view, ref);
  const { preview } = run ?? {};
  if (run === undefined || preview === undefined) return [];
  const role = preview.role === null ? '' : ` (${preview.role})`;
  const left = Math.max(0, Date.parse(preview.expiresAt) - view.now);
  return [
    ...textLines(`${groupedNumber(preview.count)} ${preview.unit} on ${preview.node}${role}`, cols, 'title'),
    ...textLines(preview.samples.join(', '), cols, 'dim'),
    ...textLines(
      preview.undo === null ? 'there is no way back' : `undo: ${preview.undo}`,
      cols,
      preview.undo === null ? 'warn' : 'dim',
    ),
    ...(run.state !== 'previewed'
      ? []
      : textLines(
          left === 0
            ? 'counted too long ago: run it again'
            : `counted ${spanInWords(view.now - Date.parse(preview.at))} ago`,
          cols,
          left === 0 ? 'warn' : 'dim',
        )),
  ];
}

const parseRef = (args: string, none: string): Readonly<Record<string, string>> => {
  const [, seq, rest = ''] = /^(?:#?(\d{1,9})(?=\s|$))?\s*([\s\S]*)$/.exec(args) ?? [];
  return { ref: seq === undefined ? none : `#${seq}`, typed: rest.trim(), why: rest.trim() };
};

const changed = ({ rehearsal }: View): string => (rehearsal === true ? 'a server of the drill' : 'production');

const isPreviewed: In = ({ state }) => state === 'previewed';
export const confirmAction: HubAction = {
  name: 'confirm',
  does: 'confirm what a step would change, by typing how much or where',
  usage: '/confirm [#38] what it says',
  whyNot: (view) =>
    noIncident(view) ?? (runsThat(view, isPreviewed).length > 0 ? null : 'no step waits to be confirmed'),
  title: (view) => `CONFIRM   this changes ${changed(view)}`,
  fields: [
    whichRun('Step', isPreviewed),
    {
      kind: 'text',
      name: 'typed',
      ask: 'Type the count; at SEV-0 and SEV-1 the target',
    },
  ],
  first: () => 'typed',
  advice: (view, values, { cols }) => [
    ...previewLines(view, values, cols),
    ...typeLines(runNamed(view, values['ref'] ?? ''), cols),
  ],
  parse: (args, view) => parseRef(args, choices(isPreviewed)(view)[0]?.value ?? ''),
  print: (command) =>
    command.kind === 'approve_step' && command.typed !== undefined
      ? printed('/confirm', `#${command.ref}`, command.typed)
      : null,
  command(view, { ref = '', typed = '' }) {
    const run = runNamed(view, ref);
    if (run?.preview === undefined || run.state !== 'previewed') return 'no step waits to be confirmed';
    const { confirm, isTyped } = run.preview;
    const word = typed.trim().replace(/^(\d{1,3})(?:,(\d{3}))+$/, (number) => number.replaceAll(',', ''));
    if ((isTyped || word !== '') && word !== confirm) return `to confirm, type ${confirm}`;
    return { kind: 'approve_step', ref: run.seq, ...(word === '' ? {} : { typed: word }) };
  },
};

const typeLines = (run: StepRun | undefined, cols: number): readonly Line[] =>
  run?.preview === undefined
    ? []
    : textLines(run.preview.isTyped ? `type ${run.preview.confirm} to run it` : 'Enter runs it', cols, 'key');

const isConfirmed: In = ({ state }) => state === 'confirmed';
export const approveAction: HubAction = {
  name: 'approve',
  alt: 'alt-y',
  does: 'let a step run that changes production',
  usage: '/approve [#38]',
  whyNot: (view) =>
    noIncident(view) ??
    (runsThat(view, isConfirmed).length > 0
      ? authority(view, 'lets steps run that change something')
      : 'no step waits for the IC'),
  title: (view) => `LET IT RUN   this changes ${changed(view)}`,
  verb: 'let it run',
  atOnce: true,
  // Where Esc would close nothing, an Escape and a letter that arrive together were not meant for something else.
  alone: (ui: Ui, view: View) =>
    ui.modal === null &&
    ui.page === null &&
    ui.zoom === null &&
    ui.focus === 'line' &&
    ui.over === null &&
    isEmptyText(ui.draft) &&
    view.mono - ui.typedAt >= STILL_MS &&
    runsThat(view, isConfirmed).length === 1,
  fields: [whichRun('Step', isConfirmed)],
  advice: (view, values, { cols }) => previewLines(view, values, cols),
  parse: (args, view) => parseRef(args, choices(isConfirmed)(view)[0]?.value ?? ''),
  print: (command) =>
    command.kind === 'approve_step' && command.typed === undefined ? `/approve #${command.ref}` : null,
  command(view, { ref = '' }) {
    const run = runNamed(view, ref);
    return run?.state === 'confirmed'
      ? { kind: 'approve_step', ref: run.seq }
      : 'this step does not wait for the IC any more';
  },
};

const isUnderWay: In = (run) => !isRunOver(run) && run.state !== 'stopping';
export const stopAction: HubAction = {
  name: 'stop',
  alt: 'alt-x',
  does: 'stop a step that runs or waits; what it has changed stays',
  usage: '/stop [#38] [why]',
  whyNot: (view) => noIncident(view) ?? (runsThat(view, isUnderWay).length > 0 ? null : 'no step runs or waits'),
  title: () => 'STOP A STEP',
  verb: 'stop it',
  atOnce: true,
  fields: [whichRun('Step', isUnderWay), { kind: 'text', name: 'why', ask: 'Why?' }],
  parse: (args, view) => parseRef(args, choices(isUnderWay)(view)[0]?.value ?? ''),
  print: (command) => (command.kind === 'stop_step' ? printed('/stop', `#${command.ref}`, command.why) : null),
  command(view, { ref = '', why = '' }) {
    const run = runNamed(view, ref);
    if (run === undefined || isRunOver(run)) return 'this step is over';
    return { kind: 'stop_step', ref: run.seq, ...(why.trim() === '' ? {} : { why: why.trim() }) };
  },
};

export const runbookActions = [runAction, confirmAction, approveAction, stopAction];
