/** What is to be done next as the console shows it: each item with its key, and with its form filled in. Pure. */
import type { Model } from '../../panels/model.ts';
import { nextItems } from '../incident/next.ts';
import type { NextItem } from '../incident/next-item.ts';
import { HANDBOOK_POLICY } from '../incident/policy.ts';
import type { Values } from './action.ts';
import { actionNamed } from './actions/index.ts';
import { begin } from './dispatch.ts';
import { keyLabel } from './keymap.ts';
import { say, stay, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

/** `slash`: the command that opens the form: `/ack`. */
type Item = NonNullable<Model['next']>[number] & { readonly slash: string | null };

/** The action that does what an item asks for, and the values its form begins with. */
type Filled = (item: NextItem, view: View) => Values;
type Way = readonly [action: string, values?: Filled];

const itemRef: Filled = ({ ref = 0 }) => ({ ref: `#${ref}` });
const to =
  (status: string): Filled =>
  () => ({ to: status });

const WAYS: Readonly<Record<NextItem['what'], Way>> = {
  page: ['ack', () => ({ what: 'incident' })],
  alarm: ['ack', ({ alert = '' }) => ({ what: alert })],
  acknowledge: ['ack', () => ({ what: 'incident' })],
  answer_offer: ['accept'],
  take_ic: ['role', (_, { me }) => ({ role: 'ic', name: me })],
  respond: ['status', to('investigating')],
  update: ['update'],
  answer_roll: ['here'],
  object: ['object', itemRef],
  question: ['done', itemRef],
  action: ['done', itemRef],
  roles: ['role', (_, { incident }) => ({ role: incident?.roles.scribe === null ? 'scribe' : 'comms' })],
  triage: ['triage'],
  settle: ['stands', itemRef],
  decide: ['decide'],
  identify: ['status', to('identified')],
  resolve: ['status', to('resolved')],
  close: ['status', to('closed')],
  call: ['deliveries'],
  deliver: ['deliveries'],
  runbook: ['runbook', ({ runbook = '' }) => ({ args: runbook })],
  confirm: ['confirm', itemRef],
  approve: ['approve', itemRef],
  postmortem: ['postmortem'],
  in_doubt: ['runbook', ({ runbook = '' }) => ({ args: runbook })],
};

/** People are asked whether to page that level. */
const ESCALATE: Way = ['escalate', ({ level = '', alert = 'incident' }) => ({ level, what: alert })];
const wayOf = ({ what, level }: NextItem): Way | undefined => (level === undefined ? WAYS[what] : ESCALATE);

const made = new WeakMap<View, readonly Item[]>();

/** What is to be done now, the most urgent first, as the person at this console sees it; made once for each view. */
export function nextOfView(view: View): readonly Item[] {
  const known = made.get(view);
  if (known !== undefined) return known;
  const { incident, now, policy, me, alerts, deliveries, away, link } = view;
  const gone = link.state === 'live' ? away.find(({ name }) => name === incident?.roles.ic) : undefined;
  const items = nextItems(incident, {
    now,
    policy: policy ?? HANDBOOK_POLICY,
    me,
    ...(alerts === undefined ? {} : { alerts }),
    ...(deliveries === undefined ? {} : { deliveries }),
    icAbsentMs: gone === undefined ? 0 : now - Date.parse(gone.since),
  }).map((item): Item => {
    const { key, alt, name } = actionNamed(wayOf(item)?.[0] ?? '') ?? {};
    const slash = name === undefined ? null : `/${name}`;
    const bound = key ?? alt;
    return { ...item, slash, key: bound === undefined ? slash : keyLabel(bound) };
  });
  made.set(view, items);
  return items;
}

/** Opens the form that does `item`, filled in; says why where that is not possible. */
export function beginItem(ui: Ui, item: NextItem, view: View): UiChange {
  const [name, values] = wayOf(item) ?? [''];
  if (actionNamed(name) === undefined)
    return stay(say(ui, `from the shell: ${item.command ?? 'there is no command yet'}`, view.mono));
  return begin(ui, name, view, values?.(item, view));
}
