/** The room as it was: the keys that move through its past, and what the screen says of it. Pure. */
import { parseDuration } from '../incident/time.ts';
import { readTime } from '../incident/time-input.ts';
import { emptyDraft, isEmptyText, type Key } from '../terminal/editor.ts';
import { notNow, notShown, type ScreenAction } from './action.ts';
import { say, stay, withEffect, type PastMove, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

const MOVES: Readonly<Record<string, PastMove>> = {
  space: 'toggle',
  left: { key: -1 },
  right: { key: 1 },
  '+': { speed: 1 },
  '-': { speed: -1 },
  home: { to: 0 },
  end: { to: Infinity },
};

/** Moves while nothing is typed; what would type anything but a command is not for here. Null: the key is for others. */
export function pastKey(ui: Ui, key: Key, view: View): UiChange | null {
  const { past } = view;
  if (past === undefined || ui.focus !== 'line' || !isEmptyText(ui.draft)) return null;
  const move = MOVES[key.name];
  if (move !== undefined) return withEffect(ui, { do: 'past', move });
  if (key.name === 'escape' && isPlain(ui))
    return past.isRunning ? withEffect(ui, { do: 'past', move: 'now' }) : stay(ui);
  if (key.text === undefined || key.text === '/' || key.text === '?') return null;
  return stay(say(ui, notNow(view), view.mono, true));
}

/** There is nothing else that Esc would close. */
const isPlain = ({ notice, zoom, scroll, filter }: Ui): boolean =>
  notice === null && zoom === null && scroll === null && filter === '';

export const backAction: ScreenAction = {
  name: 'back',
  alias: ['to', 'replay'],
  key: 'alt-p',
  does: 'the room as it was; nothing can be written there, Esc returns to now',
  usage: '/back [20m | 14:02 | #38]',
  // Before the declaration the past shows no incident.
  whyNot: (view) => (view.past === undefined ? notShown(view) : null),
  apply(ui, view, args) {
    const move = moveOf(args, view);
    return typeof move === 'string' ? move : withEffect(ui, { do: 'past', move });
  },
};

/** Without a time 20 minutes back; or a sentence about what is wrong. */
function moveOf(args: string, view: View): PastMove | string {
  const text = args.trim();
  const now = view.past?.at ?? view.now;
  if (text === '') return { to: now - 20 * 60_000 };
  const seq = /^#(\d{1,9})$/.exec(text)?.[1];
  if (seq !== undefined) return { seq: Number(seq) };
  const ms = parseDuration(text.replace(/^-/, ''));
  if (ms !== null) return { to: now - ms };
  const time = readTime(text, { now: view.past?.to ?? view.now, zone: view.zone });
  if (time === null) return `write 20m, 14:02 or #38, not "${text}"`;
  return 'trouble' in time ? time.trouble : { to: Date.parse(time.at) };
}

/** The screen as it is, with nothing typed, open or asked. */
export const pastUi = (ui: Ui): Ui => ({
  ...ui,
  draft: emptyDraft,
  rejected: null,
  setAside: [],
  recall: null,
  picked: null,
  modal: null,
  over: null,
  page: null,
  notice: null,
  refused: null,
  waiting: null,
  held: null,
  attended: null,
  away: null,
  scroll: null,
  selected: null,
  filter: '',
  focus: 'line',
});
