/** Runbooks: open one, run, confirm, approve and stop its steps. */
import { groupedNumber } from '../../incident/words.ts';
import { emptyDraft, isEmptyText } from '../../terminal/editor.ts';
import { isRunOver, type StepRun } from '../../incident/runs.ts';
import { isOn } from '../../incident/incident.ts';
import { spanInWords } from '../../incident/time.ts';
import { textLines } from '../modal-parts.ts';
import type { Line } from '../../terminal/text.ts';
import {
  CONFIRM,
  confirmed,
  filled,
  firstWord,
  leadingRef,
  notOpen,
  onOneOf,
  refOf,
  type HubAction,
  type ScreenAction,
  type Values,
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

const runbookAction: ScreenAction = {
  name: 'runbook',
  alias: ['runbooks', 'rb'],
  key: 'f6',
  does: 'runbooks: read one, run its steps',
  hint: 'runbooks',
  usage: '/runbook [name or alert]',
  whyNot: (view) => notKnown(view, 'which runbooks there are'),
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

const runAction: HubAction = {
  name: 'run',
  does: 'run a step of a runbook; what would change something is only previewed',
  usage: '/run RUNBOOK STEP [name=value ...]',
  whyNot: notOpen,
  title: () => 'RUN A STEP',
  fields: [
    { kind: 'text', name: 'runbook', ask: 'Runbook', needed: true, inline: true },
    { kind: 'text', name: 'step', ask: 'Step', needed: true, inline: true },
    { kind: 'text', name: 'target', ask: 'On target', inline: true, hint: 'where several fit' },
    { kind: 'text', name: 'skip', ask: 'Leave it out, because', inline: true },
    { kind: 'text', name: 'params', ask: 'With', hint: 'name=value name="a value"' },
  ],
  parse(args) {
    const [runbook, after] = firstWord(args);
    const [step, params] = firstWord(after);
    return { runbook, step, params };
  },
  print: {
    run_step: ({ runbook, step, params = {}, skip }) =>
      skip === undefined ? [runbook, step, writtenParams(params)] : null,
  },
  command(_view, { runbook = '', step = '', params = '', target = '', skip = '' }) {
    const read = readParams(params);
    if (read === null) return 'parameters are written name=value, or name="a value"';
    return {
      kind: 'run_step',
      runbook: runbook.trim(),
      step: step.trim(),
      ...(Object.keys(read).length > 0 && { params: read }),
      ...filled({ target, skip }),
    };
  },
};

type Are = (run: StepRun) => boolean;
const runsThat = ({ incident }: View, are: Are): readonly StepRun[] => (incident?.runs ?? []).filter(are).toReversed();

/** An action on one of the runs that `are`. */
const onRun = (are: Are, more: Omit<Parameters<typeof onOneOf>[0], 'ask' | 'items'>): HubAction =>
  onOneOf({
    ask: 'Step',
    items: (view) =>
      runsThat(view, are).map((run) => ({
        seq: run.seq,
        label: run.step,
        about: `${runInWords(run)}, asked by ${run.by}`,
      })),
    ...more,
  });

const runOf = ({ incident }: View, ref: number): StepRun | undefined => incident?.runs?.find(({ seq }) => seq === ref);

/** What it would change, whole: what a person has to know before it happens. */
function previewLines(view: View, values: Values, cols: number): readonly Line[] {
  const run = runOf(view, refOf(values));
  const { preview } = run ?? {};
  if (run === undefined || preview === undefined) return [];
  const { count, unit, node, role, samples, undo, at, expiresAt } = preview;
  const isOld = Date.parse(expiresAt) <= view.now;
  const age = isOld ? 'counted too long ago: run it again' : `counted ${spanInWords(view.now - Date.parse(at))} ago`;
  return [
    ...textLines(`${groupedNumber(count)} ${unit} on ${node}${role === null ? '' : ` (${role})`}`, cols, 'title'),
    ...textLines(samples.join(', '), cols, 'dim'),
    ...textLines(undo === null ? 'there is no way back' : `undo: ${undo}`, cols, undo === null ? 'warn' : 'dim'),
    ...(run.state === 'previewed' ? textLines(age, cols, isOld ? 'warn' : 'dim') : []),
  ];
}

const changed = ({ rehearsal }: View): string => (rehearsal === true ? 'a server of the drill' : 'production');

const isPreviewed: Are = ({ state }) => state === 'previewed';
const confirmAction = onRun(isPreviewed, {
  name: 'confirm',
  does: 'confirm what a step would change, by typing how much or where',
  usage: '/confirm [#38] what it says',
  none: 'no step waits to be confirmed',
  first: () => CONFIRM,
  title: (view) => `CONFIRM   this changes ${changed(view)}`,
  confirm(view, values) {
    const { preview } = runOf(view, refOf(values)) ?? {};
    return preview?.isTyped ? preview.confirm : null;
  },
  advice: (view, values, { cols }) => [
    ...previewLines(view, values, cols),
    ...(runOf(view, refOf(values))?.preview?.isTyped === false ? textLines('Enter runs it', cols, 'key') : []),
  ],
  // A number without its sign is how much.
  parse(args, view) {
    const { ref, rest } = leadingRef(args, false);
    return { ref: ref ?? `#${runsThat(view, isPreviewed)[0]?.seq ?? ''}`, [CONFIRM]: rest };
  },
  print: { approve_step: ({ ref, typed }) => (typed === undefined ? null : [`#${ref}`, typed]) },
  asks(ref, _, view, { [CONFIRM]: typed = '' }) {
    const run = runOf(view, ref);
    if (run?.preview === undefined || run.state !== 'previewed') return 'no step waits to be confirmed';
    const { confirm, isTyped } = run.preview;
    const word = confirmed(typed);
    if ((isTyped || word !== '') && word !== confirm) return `to confirm, type ${confirm}`;
    return { kind: 'approve_step', ref, ...filled({ typed: word }) };
  },
});

const isConfirmed: Are = ({ state }) => state === 'confirmed';
const approveAction = onRun(isConfirmed, {
  name: 'approve',
  alt: 'alt-y',
  does: 'let a step run that changes production',
  usage: '/approve [#38]',
  none: 'no step waits for the IC',
  commander: 'lets steps run that change something',
  title: (view) => `LET IT RUN   this changes ${changed(view)}`,
  verb: 'let it run',
  atOnce: true,
  // Where Esc would close nothing, an Escape and a letter that arrive together were not meant for something else.
  alone: (ui, view) =>
    ui.modal === null &&
    ui.page === null &&
    ui.zoom === null &&
    ui.focus === 'line' &&
    ui.over === null &&
    isEmptyText(ui.draft) &&
    view.mono - ui.typedAt >= STILL_MS &&
    runsThat(view, isConfirmed).length === 1,
  advice: (view, values, { cols }) => previewLines(view, values, cols),
  print: { approve_step: ({ ref, typed }) => (typed === undefined ? [`#${ref}`] : null) },
  asks: (ref, _, view) =>
    runOf(view, ref)?.state === 'confirmed'
      ? { kind: 'approve_step', ref }
      : 'this step does not wait for the IC any more',
});

const stopAction = onRun((run) => !isRunOver(run) && run.state !== 'stopping', {
  name: 'stop',
  alt: 'alt-x',
  does: 'stop a step that runs or waits; what it has changed stays',
  usage: '/stop [#38] [why]',
  none: 'no step runs or waits',
  title: () => 'STOP A STEP',
  verb: 'stop it',
  atOnce: true,
  first: () => 'ref',
  words: { kind: 'text', name: 'why', ask: 'Why?' },
  print: { stop_step: ({ ref, why }) => [`#${ref}`, why] },
  asks(ref, why, view) {
    const run = runOf(view, ref);
    return run === undefined || isRunOver(run) ? 'this step is over' : { kind: 'stop_step', ref, ...filled({ why }) };
  },
});

export const runbookActions = [runbookAction, runAction, confirmAction, approveAction, stopAction];
