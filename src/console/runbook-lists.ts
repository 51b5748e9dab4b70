/** The lists of runbooks and of links. Pure. */
import { best } from '../incident/fuzzy.ts';
import { isDone } from '../incident/runs.ts';
import type { RunbookSummary } from '../protocol/questions.ts';
import { editorText } from '../terminal/editor.ts';
import { type Line, glyphs, joinLines, span } from '../terminal/text.ts';
import { openRunbook } from './actions/runbook.ts';
import { linkItems } from './links.ts';
import { clamp, type OpenList } from './open-list.ts';
import { type Listing, type RunbookList, type Ui, withEffect } from './state.ts';
import type { View } from './view.ts';

/** To dashboards, traces and logs. A terminal opens none, so Enter copies. */
export function links(ui: Ui, { at }: Listing, view: View): OpenList {
  const all = linkItems(view.links ?? [], view);
  const marked = all[at];
  return {
    title: 'LINKS',
    at: clamp(at, all.length),
    count: all.length,
    row: (i) => [span(`${all[i]?.name ?? ''}  `, 'title'), span(all[i]?.url ?? '', 'dim')],
    none: 'none stand in warroom.yaml under links:',
    ...(marked !== undefined && marked.missing.length > 0 && { hint: `not known: ${marked.missing.join(', ')}` }),
    keys: marked === undefined ? '' : 'Enter copy it',
    enter: marked === undefined ? null : () => withEffect(ui, { do: 'copy', what: marked.name, text: marked.url }),
  };
}

/** Those that are begun in this incident first, then those of alerts that fire. */
export function runbookList(ui: Ui, { query, at: marked, answer }: RunbookList, view: View): OpenList {
  const runs = view.incident?.runs ?? [];
  const doneIn = (name: string): number =>
    new Set(runs.flatMap((run) => (run.runbook === name && isDone(run) ? [run.step] : []))).size;
  const isBegun = ({ name }: RunbookSummary): boolean => runs.some(({ runbook }) => runbook === name);
  const rank = (one: RunbookSummary): number => (isBegun(one) ? 0 : one.rules.length > 0 ? 1 : 2);
  const all = (answer?.runbooks ?? []).toSorted((a, b) => rank(a) - rank(b));
  const found = best(editorText(query), all, ({ name, title, alerts }) => `${name} ${title} ${alerts.join(' ')}`);
  const at = clamp(marked, found.length);
  const one = found[at];
  return {
    title: `RUNBOOKS   ${all.length > 0 ? all.length : ''}`.trimEnd(),
    at,
    count: found.length,
    row(i, cols) {
      const runbook = found[i];
      if (runbook === undefined) return [];
      const { name, title, rules, runs: runnable } = runbook;
      const sign = rules.length > 0 ? span(`${glyphs(ui.ascii).crit} `, 'crit', { bold: true }) : span('  ');
      const done = isBegun(runbook) ? `${doneIn(name)} of ${runnable} steps done` : '';
      const why = rules.length > 0 ? `for ${rules.join(', ')}` : runnable === 0 ? 'to read' : `${runnable} steps run`;
      const right: Line = [
        span(done, 'info'),
        span(done === '' ? '' : '  '),
        span(why, rules.length > 0 ? 'warn' : 'dim'),
      ];
      return joinLines([sign, span(title)], cols < 60 ? [] : right, cols);
    },
    none: answer === null ? 'the hub is asked for them' : (answer.fault ?? 'there is none like it'),
    keys: one === undefined ? '' : 'Enter open it',
    enter: one === undefined ? null : () => openRunbook(ui, one.name),
  };
}
