/** Decides what an input does: (state, input, view) -> next state and effects. Pure. */
import { groupedNumber } from '../incident/words.ts';
import type { Wishes } from './panel-view.ts';
import type { InputEvent } from '../terminal/sequences.ts';
import type { Size } from '../terminal/text.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { isEnded } from '../incident/incident.ts';
import type { TurningPoint } from '../incident/turning-points.ts';
import { TEXT_LIMITS } from '../incident/shapes.ts';
import { notNow } from './action.ts';
import { actionOnKey } from './actions/index.ts';
import { zoomed } from './actions/look.ts';
import type { Key } from '../terminal/editor.ts';
import { columnRows, contextColsFor, layoutMode, panelCols, plan, type Wish } from './layout.ts';
import { nextOfView } from './next.ts';
import { lineKey, linePaste } from './input-line.ts';
import { briefKey, modalKey, modalPaste } from './modals.ts';
import { scrolledWithin } from './modal-view.ts';
import { perform } from './dispatch.ts';
import { pastKey } from './past.ts';
import { pageKey } from './page.ts';
import { announced } from './announce.ts';
import { refusalText } from './alarm.ts';
import { headOf, newestRefused, type View } from './view.ts';
import { point, pressed, type Pointer } from './mouse.ts';
import { overKey, overWithin } from './over-page.ts';
import { climb, focusKey } from './scroll.ts';
import { currentLayout, panelIds, say, stay, type UiChange, type Ui } from './state.ts';

/** `at`: monotonic ms. `news`: the client's view has changed, or a second has passed. */
export type UiEvent = { readonly at: number } & (
  | Exclude<InputEvent, { readonly type: 'mouse' }>
  | ({ readonly type: 'mouse' } & Pointer)
  | ({ readonly type: 'size' } & Size)
  | { readonly type: 'news' }
  | { readonly type: 'measured'; readonly incident: string; readonly points: readonly TurningPoint[] }
  | { readonly type: 'answer'; readonly about: Question; readonly answer: Answer }
);

/** The next state. */
export function update(ui: Ui, input: UiEvent, known: View, wishes: Wishes): UiChange {
  const view: View = { ...known, mono: input.at, zone: ui.zone };
  const step = react(settled(ui, view), input, view);
  const drawn = { ...step, ui: overWithin(scrolledWithin(slotted(step.ui, view, wishes), view), view) };
  // Nothing calls in the past.
  if (view.past !== undefined) return drawn;
  return announced(drawn, view, input.type === 'news');
}

function react(ui: Ui, input: UiEvent, view: View): UiChange {
  switch (input.type) {
    case 'key':
      return typed(key({ ...ui, climbing: null }, input, view), input.at);
    case 'paste':
      return stay(pasted(ui, input.text, input.dropped, view));
    case 'mouse': {
      const keys = pressed(ui, input, view);
      return keys.length > 0 ? inTurn(ui, keys, view) : point(ui, input, view);
    }
    case 'focus':
      return stay({ ...ui, focusedAt: input.on ? input.at : ui.focusedAt });
    case 'size':
      return stay({ ...ui, size: { cols: input.cols, rows: input.rows } });
    case 'answer':
      return stay(answered(ui, input.about, input.answer));
    case 'measured':
      return stay(measured(ui, input.incident, input.points));
    case 'news':
      return ui.climbing === null ? stay(ui) : stay(climb(ui, view, ui.climbing).ui);
    default:
      return input satisfies never;
  }
}

const typed = (change: UiChange, at: number): UiChange => ({ ...change, ui: { ...change.ui, typedAt: at } });

/** A key goes to the first that handles it: the modal, a page, an action's key, the focused panel, the input line. */
function key(ui: Ui, pressed: Key, view: View): UiChange {
  // On a slow line an Escape and the slash of a command arrive as one key; without its slash it would be logged.
  if (pressed.name === 'alt-/') return inTurn(ui, [{ name: 'escape' }, { name: '/', text: '/' }], view);
  if (ui.modal?.kind === 'brief') {
    const done = briefKey(ui, ui.modal, pressed, view);
    return done ?? key({ ...ui, modal: null }, pressed, view);
  }
  if (ui.modal !== null) return modalKey(ui, ui.modal, pressed, view);
  const done = pageKey(ui, pressed, view) ?? overKey(ui, pressed, view) ?? pastKey(ui, pressed, view);
  if (done !== null) return done;
  const panel = panelIds(ui)[Number(/^alt-([1-9])$/.exec(pressed.name)?.[1]) - 1];
  if (panel !== undefined) return stay(zoomed(ui, panel));
  // Where something was cut in the line Ctrl-Y brings it back, as in a shell.
  const isYank = pressed.name === 'ctrl-y' && ui.focus === 'line' && ui.draft.killed.length > 0;
  const action = isYank ? undefined : actionOnKey(pressed.name);
  if (action !== undefined) return perform(ui, action, '', view, true);
  if (ui.focus === 'line') return lineKey(ui, pressed, view);
  const focused = focusKey(ui, pressed, view);
  if (focused !== null) return focused;
  if (pressed.name === 'ctrl-c') return lineKey(ui, pressed, view);
  if (pressed.name === '/') return lineKey({ ...ui, focus: 'line', zoom: null }, pressed, view);
  return stay(say(ui, 'you are in the panels: Esc to write', view.mono));
}

const measured = (ui: Ui, incident: string, points: readonly TurningPoint[]): Ui =>
  ui.over?.kind !== 'time axis' || ui.incident !== incident ? ui : { ...ui, over: { ...ui.over, points } };

/** What was asked of the hub, where it is still wanted. */
function answered(ui: Ui, about: Question, answer: Answer): Ui {
  const { modal, over } = ui;
  if (about.what === 'runbook')
    return over?.kind === 'runbook' && over.name === about.name ? { ...ui, over: { ...over, answer } } : ui;
  if (about.what === 'trace')
    return modal?.kind === 'trace' && modal.id === about.id ? { ...ui, modal: { ...modal, answer } } : ui;
  return modal?.kind === 'runbooks' ? { ...ui, modal: { ...modal, answer } } : ui;
}

const inTurn = (ui: Ui, keys: readonly Key[], view: View): UiChange =>
  keys.reduce<UiChange>((done, each) => {
    const next = key(done.ui, each, view);
    return { ...next, effects: [...done.effects, ...next.effects] };
  }, stay(ui));

function pasted(ui: Ui, text: string, dropped: number, view: View): Ui {
  const isLine = ui.modal === null || ui.modal.kind === 'brief';
  const longest = isLine ? Math.max(...text.split('\n').map((row) => row.length)) : text.length;
  // Text that cannot be sent is refused as a whole: a part of it could mean something else.
  if (dropped > 0 || longest > TEXT_LIMITS.text) {
    const [has, holds] = [text.length + dropped, TEXT_LIMITS.text].map((count) => groupedNumber(count));
    const why = `NOT PASTED: ${has} characters, an entry holds ${holds}: keep it in a file, and log where that is`;
    return say(ui, why, view.mono, true);
  }
  if (isLine && view.past !== undefined) return say(ui, notNow(view), view.mono, true);
  if (isLine) return linePaste({ ...ui, modal: null }, text, view.mono);
  return ui.modal === null ? ui : modalPaste(ui, ui.modal, text, view);
}

/** What follows from the view alone: notices expire, and each incident has its own read mark. */
function settled(ui: Ui, view: View): Ui {
  const isLive = view.link.state === 'live';
  const now = awaiting(isLive ? { ...ui, cameAt: ui.cameAt ?? view.now, seenAt: view.now } : ui, view);
  const old = toldRefusal(now.notice !== null && view.mono >= now.notice.until ? { ...now, notice: null } : now, view);
  const id = view.incident?.id ?? null;
  if (id === old.incident) return linked({ ...old, me: view.me, readMark: ownRead(old, view) }, view);
  const seen = old.marks[id ?? ''];
  const earlier = old.leftMarks[id ?? ''];
  const readMark = seen ?? earlier ?? headOf(view);
  const left = seen === undefined && earlier !== undefined && (headOf(view) ?? 0) > earlier;
  const marks =
    old.incident === null || old.readMark === null ? old.marks : { ...old.marks, [old.incident]: old.readMark };
  const focus = old.focus === 'timeline' ? 'line' : old.focus;
  const next = { ...old, me: view.me, incident: id, readMark, left, marks, wasLive: isLive };
  // A runbook belongs to no incident; whoever asked for the postmortem of another one is shown it.
  const isKept = old.over?.kind === 'runbook' || (old.over?.kind === 'postmortem' && old.over.incident === id);
  const over = isKept ? old.over : null;
  const away = left ? { leftAt: old.leftAt } : null;
  const isJoining =
    view.past === undefined &&
    seen === undefined &&
    earlier === undefined &&
    old.modal === null &&
    old.page === null &&
    joins(old, view);
  const modal = isJoining ? ({ kind: 'brief', offered: false, scroll: 0, openedAt: view.mono } as const) : old.modal;
  return { ...next, away, modal, scroll: null, selected: null, filter: '', ownAfter: 0, focus, over };
}

/** Whether this person comes to an open incident that they did not see begin. */
function joins({ incident: before, cameAt }: Ui, { incident, me }: View): boolean {
  if (incident === null || isEnded(incident) || incident.declaredBy === me) return false;
  const declaredAt = Date.parse(incident.timestamps.declaredAt ?? '');
  return before !== null || cameAt === null || declaredAt < cameAt;
}

/** When the link is lost, what is on the screen counts as read; entries that come with the next link are new. */
function linked(ui: Ui, view: View): Ui {
  const isLive = view.link.state === 'live';
  if (isLive === ui.wasLive) return ui;
  if (isLive) return { ...ui, wasLive: true, left: ui.left && (headOf(view) ?? 0) > (ui.readMark ?? 0) };
  const seen = ui.scroll === null ? { readMark: view.incident?.head ?? ui.readMark, left: true } : {};
  return { ...ui, wasLive: false, away: { leftAt: ui.seenAt }, ...seen };
}

/** Records since when the oldest command has been waiting for its answer. */
function awaiting(ui: Ui, view: View): Ui {
  const id = view.pending.find(({ state }) => state !== 'refused')?.id ?? null;
  return id === (ui.waiting?.id ?? null) ? ui : { ...ui, waiting: id === null ? null : { id, at: view.mono } };
}

/** What the hub refused stands beside the input; where there is no row for it, it is said. */
function toldRefusal(ui: Ui, view: View): Ui {
  const newest = newestRefused(view.pending);
  const refused = newest === undefined ? null : refusalText(newest);
  if (refused === ui.refused) return ui;
  const next = { ...ui, refused };
  const isSeen = refused === null || currentLayout(next).input.rows > 1;
  return isSeen ? next : say(next, `not done: ${refused}`, view.mono, true);
}

/** The read mark, moved over one's own entries that follow it directly. */
function ownRead(ui: Ui, view: View): number | null {
  const first = view.events[0]?.seq ?? 0;
  let mark = ui.readMark;
  while (mark !== null && view.events[mark + 1 - first]?.by.name === view.me) mark++;
  return mark;
}

/** Decides the slots for another size, preset, incident or set of targets; never because a value changed. */
function slotted(ui: Ui, view: View, wishes: Wishes): Ui {
  const targets = view.targets.map(({ name, reading }) => `${name}${reading === null ? '?' : ''}`).join(' ');
  const slotsFor = `${ui.size.cols}x${ui.size.rows} ${ui.preset} ${ui.incident ?? ''} ${targets}`;
  if (slotsFor === ui.slotsFor) return ui;
  const { cols, rows } = ui.size;
  const { panels, context } = wishes(ui, { ...view, next: nextOfView(view) }, panelCols(cols, rows));
  // Without a third column the alerts stand with the panels.
  const isBeside = ({ id }: Wish): boolean => id === 'alerts' && layoutMode(cols, rows) === 'columns';
  const slots = plan([...panels, ...context.filter(isBeside)], columnRows(cols, rows));
  const contextSlots = plan(
    context.filter((wish) => !isBeside(wish)),
    columnRows(cols, rows),
  );
  const gone = ui.zoom !== null && ![...slots, ...contextSlots].some(({ id }) => id === ui.zoom);
  const contextCols = contextColsFor(context.map((wish) => wish.cols ?? 0));
  return { ...ui, slots, contextSlots, contextCols, slotsFor, zoom: gone ? null : ui.zoom };
}
