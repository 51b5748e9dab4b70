/** The third column of a wide screen: what is open, what was decided, what the public knows, who is here. Pure. */
import type { OpenItem } from '../incident/incident.ts';
import { joinLines, span, type Line } from '../terminal/text.ts';
import { words as said } from '../../panels/words.ts';
import { box } from './box.ts';
import { words, wrapped } from './drawn.ts';
import type { Rect } from './layout.ts';
import type { Ui } from './state.ts';
import { entry, type View } from './view.ts';
import { ago, clock, running } from './when.ts';

interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Sections in fixed places, each as tall as its share of the column. */
export function contextLines(ui: Ui, view: View, rect: Rect): readonly Line[] {
  const inner = rect.cols - 4;
  const sections = [open(view, inner), decided(ui, view, inner), told(ui, view, inner), here(view, inner)];
  const each = Math.floor(rect.rows / sections.length);
  return sections.flatMap(({ title, lines }, i) => {
    const rows = i === 0 ? rect.rows - each * (sections.length - 1) : each;
    const room = Math.max(0, rows - 2);
    const over = lines.length - room;
    const shown = over > 0 ? [...lines.slice(0, room - 1), words(`and ${over + 1} more rows`, 'dim')] : lines;
    return box({ title: [span(title, 'title', { bold: true })], lines: shown, cols: rect.cols, rows, ascii: ui.ascii });
  });
}

const none = (text: string): readonly Line[] => [words(text, 'dim')];

function open(view: View, cols: number): Section {
  const items = view.incident?.open ?? [];
  const lines = items.flatMap((item) => [...openItem(item, view, cols)]);
  return {
    title: `OPEN  ${items.length}`,
    lines: lines.length > 0 ? lines : none('nothing is open: /q asks, /a gives to somebody'),
  };
}

function openItem(item: OpenItem, view: View, cols: number): readonly Line[] {
  const left = item.due === undefined ? null : Date.parse(item.due) - view.now;
  const due = left === null ? '' : left < 0 ? `late ${running(-left)}` : `due ${running(left)}`;
  const head = joinLines(
    [span(`${item.form}  `, 'dim'), span(item.to ?? item.by, 'info')],
    [span(due, left !== null && left < 0 ? 'warn' : 'dim'), span(` #${item.seq}`, 'dim')],
    cols,
  );
  return [head, ...wrapped(item.text, cols - 2).map((row): Line => [span('  '), ...row])];
}

/** Decisions and what was pinned, the newest first. */
function decided(ui: Ui, view: View, cols: number): Section {
  const annotations = view.incident?.annotations ?? {};
  const pins = Object.entries(annotations).flatMap(([seq, { pinned, retracted }]) =>
    pinned && !retracted ? [Number(seq)] : [],
  );
  const decision = view.incident?.lastDecision?.seq;
  const seqs = [...new Set(decision === undefined ? pins : [...pins, decision])].sort((a, b) => b - a);
  const lines = seqs.flatMap((seq) => {
    const event = entry(view, seq);
    if (event === undefined) return [];
    const time = clock(Date.parse(event.at), ui.zone).slice(0, 5);
    return wrapped(`${time} ${said(event)} (${event.by.name}, #${seq})`, cols);
  });
  return {
    title: 'DECIDED AND PINNED',
    lines: lines.length > 0 ? lines : none('nothing yet: /d logs a decision, /pin #38 pins'),
  };
}

function told(_ui: Ui, view: View, cols: number): Section {
  const last = view.incident?.lastPublic ?? null;
  if (last === null) return { title: 'PUBLIC', lines: none('the public has heard nothing yet') };
  const when = `${last.by}, ${ago(view.now - Date.parse(last.at))} ago`;
  return { title: 'PUBLIC', lines: [...wrapped(last.text, cols), [], words(when, 'dim')] };
}

function here(view: View, cols: number): Section {
  const lines = view.people.map((person) => {
    const roles = Object.entries(view.incident?.roles ?? {}).flatMap(([role, name]) =>
      name === person.name ? [role] : [],
    );
    const about = [person.name === view.me ? 'you' : '', person.observer ? 'observer' : '', ...roles].filter(
      (word) => word !== '',
    );
    return joinLines([span(person.name, 'info')], [span(about.join(', '), 'dim')], cols);
  });
  return { title: `HERE  ${view.people.length}`, lines };
}
