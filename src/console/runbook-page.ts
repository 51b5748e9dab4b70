/** The runbook over the panels: what is shown of it, and its keys while the input line is empty. Pure. */
import { isRunOver, lastRun, type StepRun } from '../incident/runs.ts';
import type { RunbookView } from '../protocol/questions.ts';
import {
  isToDo,
  lineOf,
  nextItem,
  runbookItems,
  stepLines,
  runbookText,
  type RunbookItem,
} from '../../panels/runbook.ts';
import { glyphs, padLine, span, type Line, type Size } from '../terminal/text.ts';
import type { Key } from '../terminal/editor.ts';
import { noIncident, type Values } from './action.ts';
import { writtenParams } from './actions/runbook.ts';
import { begin } from './dispatch.ts';
import { linkItems } from './links.ts';
import { modelOf, type OverView } from './panel-view.ts';
import { textLine } from './modal-parts.ts';
import { clamp } from './open-list.ts';
import { say, stay, submitting, withEffect, type RunbookPage, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

/** From this many cells inside its border on text and steps stand side by side. */
const BESIDE_FROM = 106;

function itemsOf(runbook: RunbookView, view: View): readonly RunbookItem[] {
  return runbookItems(runbook, view.incident, linkItems([...runbook.links, ...(view.links ?? [])], view));
}

const sectionOf = ({ answer }: RunbookPage) => answer?.runbook?.sections.find(({ anchor }) => anchor === answer.anchor);

/** The line that the text shows: that of the marked item, but of a section that was asked for and has none its own. */
function shownLine(page: RunbookPage, items: readonly RunbookItem[], at: number): number {
  const section = page.at === null ? sectionOf(page) : undefined;
  const line = lineOf(items[at]);
  return section === undefined || (line >= section.line && line <= section.endLine) ? line : section.line;
}

/** The marked item: where nobody chose one, what is next, in the section that was asked for. */
function markedAt(page: RunbookPage, items: readonly RunbookItem[]): number {
  const { at } = page;
  if (at !== null) return clamp(at, items.length);
  const section = sectionOf(page);
  if (section === undefined) return nextItem(items);
  const first = items.findIndex((item) => lineOf(item) >= section.line);
  return Math.max(0, first) + Math.max(0, nextItem(items.slice(Math.max(0, first))));
}

/** A key while the runbook is shown and nothing is typed; null: the key is not for it. */
export function runbookKey(ui: Ui, page: RunbookPage, key: Key, view: View): UiChange | null {
  const to = (change: Partial<RunbookPage>): UiChange => stay({ ...ui, over: { ...page, ...change } });
  const runbook = page.answer?.runbook;
  if (!runbook) return null;
  const items = itemsOf(runbook, view);
  const at = markedAt(page, items);
  if (key.name === 'tab' || key.name === 'shift-tab') {
    const isText = page.side === 'steps';
    return to({ side: isText ? 'text' : 'steps', scroll: isText ? Math.max(0, shownLine(page, items, at) - 6) : null });
  }
  const by = { up: -1, down: 1, pageup: -10, pagedown: 10 }[key.name] ?? 0;
  if (by !== 0 && page.side === 'text')
    return to({ scroll: clamp((page.scroll ?? 0) + by, runbook.text.split('\n').length) });
  if (by !== 0) return to({ at: clamp(at + by, items.length), scroll: null });
  const item = items[at];
  if (key.name === 'ctrl-y' && item !== undefined)
    return withEffect(ui, { do: 'copy', what: whatOf(item), text: copiedOf(item) });
  if (key.name !== 'enter' || item === undefined) return null;
  const why = item.kind === 'step' && isToDo(item.step) ? noIncident(view) : null;
  if (why !== null) return stay(say(ui, why, view.mono, true));
  // The mark stays, so that what comes of it is seen.
  return enterOn({ ...ui, over: { ...page, at } }, runbook, item, view).act();
}

const whatOf = (item: RunbookItem): string =>
  item.kind === 'step' ? item.step.name : item.kind === 'link' ? item.name : 'the line';
const copiedOf = (item: RunbookItem): string =>
  item.kind === 'step' ? item.step.text.trimEnd() : item.kind === 'link' ? item.url : item.escalation.text;

/** What Enter does with an item: runs, confirms, lets run or stops a step, opens the form of an escalation, copies a link. */
function enterOn(
  ui: Ui,
  runbook: RunbookView,
  item: RunbookItem,
  view: View,
): { readonly verb: string; readonly act: () => UiChange } {
  const form = (verb: string, name: string, values: Values) => ({ verb, act: () => begin(ui, name, view, values) });
  if (item.kind === 'link')
    return { verb: 'copy', act: () => withEffect(ui, { do: 'copy', what: item.name, text: item.url }) };
  if (item.kind === 'escalation') {
    const { level, text } = item.escalation;
    return form('escalate', 'escalate', { level: level ?? 'L2', why: text.slice(0, 300) });
  }
  const { step, run } = item;
  const aside = `${step.name} is for people and does not run from here: Ctrl-Y copies it`;
  if (!isToDo(step)) return { verb: '-', act: () => stay(say(ui, aside, view.mono)) };
  const isOld = run?.preview !== undefined && Date.parse(run.preview.expiresAt) <= view.now;
  if (run !== undefined && !isRunOver(run) && !(run.state === 'previewed' && isOld)) {
    const [verb, name] = UNDER_WAY[run.state] ?? ['stop', 'stop'];
    return form(verb, name, { ref: `#${run.seq}` });
  }
  const verb = `${VERBS[step.kind]}${run === undefined ? '' : ' again'}`;
  // Parameters of what would change something are looked at before; to observe, or to preview, takes one key.
  const isAsked = step.kind === 'ask' || step.kind === 'note';
  const wanted = step.kind === 'ask' ? [step.name] : step.params.filter((name) => !isSecret(runbook, name));
  const isSettled = wanted.every((name) => step.kind === 'observe' && given(runbook, name, view) !== '');
  const command = { kind: 'run_step', runbook: runbook.name, step: step.name } as const;
  if (!isAsked && isSettled) return { verb, act: () => withEffect(ui, submitting(command, view)) };
  const params = Object.fromEntries(wanted.map((name) => [name, given(runbook, name, view)]));
  return form(verb, 'run', { runbook: runbook.name, step: step.name, params: writtenParams(params) });
}
const VERBS = { observe: 'run', mutate: 'preview', ask: 'answer', note: 'done' } as const;
const UNDER_WAY: Partial<Record<StepRun['state'], readonly [verb: string, action: string]>> = {
  previewed: ['confirm', 'confirm'],
  confirmed: ['let it run', 'approve'],
};

/** It stands on the hub's machine, and no record may hold it. */
const isSecret = ({ params }: RunbookView, name: string): boolean =>
  params.some((one) => one.name === name && one.isSecret);

/** The value a parameter has without being given: what somebody answered, else its default. */
function given({ name: runbook, params }: RunbookView, name: string, { incident }: View): string {
  const asked = incident === null ? undefined : lastRun(incident, runbook, name);
  const answer = asked?.kind === 'ask' && asked.state === 'done' ? asked.params[name] : undefined;
  return answer ?? params.find((one) => one.name === name)?.default ?? '';
}

export function drawRunbook(ui: Ui, page: RunbookPage, view: View, { cols, rows }: Size): OverView {
  const runbook = page.answer?.runbook ?? null;
  if (runbook === null)
    return { title: [span(`RUNBOOK ${page.name}`, 'title', { bold: true })], lines: [textLine(whyNone(page))] };
  const items = itemsOf(runbook, view);
  const at = markedAt(page, items);
  const steps = (size: Size): readonly Line[] => stepLines(items, modelOf(ui, view), at, size);
  const text = (size: Size) => runbookText(runbook, { scroll: page.scroll, line: shownLine(page, items, at), ...size });
  const alert = forAlert(runbook, view, ui.ascii);
  const head = {
    title: [span(`RUNBOOK ${runbook.title}`, 'title', { bold: true })],
    right: alert.length === 0 ? [] : [...alert, span(' ')],
  };
  if (rows < 3) return { ...head, lines: steps({ cols, rows }) };
  const room = { cols, rows: rows - 1 };
  const isBeside = cols >= BESIDE_FROM;
  const item = items[at];
  const enter = item === undefined ? '' : `Enter ${enterOn(ui, runbook, item, view).verb}   `;
  const tab = page.side === 'text' ? 'steps' : isBeside ? 'scroll the text' : 'text';
  const foot = `${enter}Ctrl-Y copy   Tab ${tab}`;
  if (!isBeside && page.side === 'steps') return { ...head, lines: steps(room), foot };
  const leftCols = isBeside ? Math.min(90, Math.floor((cols - 3) * 0.45)) : cols;
  const { top, lines: left } = text({ ...room, cols: leftCols });
  if (!isBeside) return { ...head, lines: left, foot, scroll: top };
  const right = steps({ ...room, cols: cols - leftCols - 3 });
  const edge = span(` ${glyphs(ui.ascii).vertical} `, page.side === 'text' ? 'key' : 'border');
  const lines = Array.from({ length: room.rows }, (_, i) => [
    ...padLine(left[i] ?? [], leftCols),
    edge,
    ...(right[i] ?? []),
  ]);
  return { ...head, lines, foot, scroll: top };
}

const whyNone = ({ answer, name }: RunbookPage): string => {
  if (answer === null) return 'the hub is asked for it';
  return answer.fault ?? `there is no runbook "${name}": F6 lists them`;
};

/** `for ■ Redis Memory >90%`: the alert that fires. */
function forAlert({ alerts, name }: RunbookView, view: View, ascii: boolean): Line {
  const firing = (view.alerts ?? []).find(
    ({ rule, runbook, state }) => state !== 'pending' && (alerts.includes(rule) || runbook === name),
  );
  return firing === undefined
    ? []
    : [
        span(' for ', 'dim'),
        span(`${glyphs(ascii).crit} ${firing.severity} `, 'crit', { bold: true }),
        span(firing.rule),
      ];
}
