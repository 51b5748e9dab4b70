/** Bounds of the folded state. What does not fit is only in the record, counted in `more`. */
import {
  isOn,
  type AttachedAlert,
  type Incident,
  type More,
  type OpenItem,
  type StandingDecision,
} from './incident.ts';

export const BOUNDS = {
  /** Open items in all, and per person. */
  open: 200,
  openPerPerson: 100,
  /** Seqs kept of open items that did not fit. */
  openSeqs: 5_000,
  /** Actions that were done. */
  done: 20,
  pins: 50,
  decisions: 30,
  changes: 20,
  related: 20,
  /** Names in a roll call. */
  present: 100,
  /** Corrected entries that are not pinned. */
  annotations: 100,
  alerts: 200,
  text: 280,
  why: 80,
} as const;

/** Cuts a text to `length` UTF-16 units. */
export const shortenText = (text: string, length: number = BOUNDS.text): string =>
  text.length <= length ? text : `${text.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…`;

const NOTHING: More = { open: 0, openSeqs: [], pins: 0, alerts: 0, annotatedFrom: 0 };

/** `more` with changes. */
export const moreThan = ({ more = NOTHING }: Pick<Incident, 'more'>, changed: (more: More) => Partial<More>): More => ({
  ...more,
  ...changed(more),
});

/** Adds an open item. Over the bound, whoever has the most gives one up, so that nobody displaces others. */
export function withOpen(state: Incident, item: OpenItem): Incident {
  let open = [...state.open, item];
  const left: number[] = [];
  while (open.length > BOUNDS.open) {
    const surplus = surplusOf(open);
    open = open.filter((one) => one !== surplus);
    left.push(surplus.seq);
  }
  if (left.length === 0) return { ...state, open };
  const more = moreThan(state, ({ open: count, openSeqs }) => ({
    open: count + left.length,
    openSeqs: [...openSeqs, ...left].sort((a, b) => a - b).slice(-BOUNDS.openSeqs),
  }));
  return { ...state, open, more };
}

function surplusOf(open: readonly OpenItem[]): OpenItem {
  const counts = new Map<string, number>();
  for (const { by } of open) counts.set(by, (counts.get(by) ?? 0) + 1);
  const most = Math.max(...counts.values());
  const theirs = open.filter(({ by }) => counts.get(by) === most);
  return theirs.find(({ to }) => to === undefined) ?? theirs[0]!;
}

export const isOpen = ({ open, more }: Pick<Incident, 'open' | 'more'>, seq: number): boolean =>
  open.some((item) => item.seq === seq) || (more?.openSeqs.includes(seq) ?? false);

/** Removes an open item that was settled or retracted. */
export function withoutOpen(state: Incident, seq: number | undefined): Incident {
  if (seq === undefined || !isOpen(state, seq)) return state;
  if (!state.more?.openSeqs.includes(seq)) return { ...state, open: state.open.filter((item) => item.seq !== seq) };
  const more = moreThan(state, ({ open, openSeqs }) => ({
    open: open - 1,
    openSeqs: openSeqs.filter((each) => each !== seq),
  }));
  return { ...state, more };
}

/** Removes an open item that was settled; an action is kept among those done. */
export function settled(state: Incident, seq: number | undefined): Incident {
  const action = state.open.find((item) => item.seq === seq && item.form === 'action');
  const without = withoutOpen(state, seq);
  return action === undefined ? without : { ...without, done: [...(state.done ?? []), action].slice(-BOUNDS.done) };
}

const isOver = ({ state }: AttachedAlert): boolean => !isOn(state);

/** Can another alert be added? A resolved one makes room. */
export const hasRoomForAlert = ({ alerts }: Pick<Incident, 'alerts'>): boolean =>
  alerts.length < BOUNDS.alerts || alerts.some(isOver);

/** Adds or updates an alert; when all kept ones are active, a further one is only counted. */
export function withAlert(state: Incident, now: AttachedAlert): Partial<Incident> {
  const { alerts } = state;
  const before = alerts.find((known) => known.alert === now.alert);
  if (before) return { alerts: alerts.map((known) => (known === before ? now : known)) };
  if (isOver(now) && state.more !== undefined && state.more.alerts > 0)
    return { more: moreThan(state, ({ alerts: count }) => ({ alerts: count - 1 })) };
  if (alerts.length < BOUNDS.alerts) return { alerts: [...alerts, now] };
  const over = alerts.find(isOver);
  if (over) return { alerts: [...alerts.filter((known) => known !== over), now] };
  return isOver(now) ? {} : { more: moreThan(state, ({ alerts: count }) => ({ alerts: count + 1 })) };
}

/** Adds a decision. The oldest that stands gives way; those that wait for an answer stay. */
export function withDecision({ decisions }: Incident, decision: StandingDecision): Partial<Incident> {
  const { text, turnBackIf } = decision;
  const turnBack = turnBackIf === undefined ? {} : { turnBackIf: shortenText(turnBackIf, BOUNDS.why) };
  const all = [...decisions, { ...decision, text: shortenText(text), ...turnBack }];
  const surplus = all.length <= BOUNDS.decisions ? undefined : (all.find(({ state }) => state === 'stands') ?? all[0]);
  return { decisions: all.filter((one) => one !== surplus) };
}
export const withoutDecision = ({ decisions }: Incident, seq: number | undefined): Partial<Incident> => ({
  decisions: decisions.filter((decision) => decision.seq !== seq),
});
