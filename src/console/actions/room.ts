/** Finding one's way around: help, palette, incidents, people, the terminal, leaving; and the hub's configuration. */
import { emptyDraft, draftOf } from '../../terminal/editor.ts';
import { THEMES } from '../../terminal/theme.ts';
import { type Action, type ScreenAction, mayNotWrite, notShown, opens } from '../action.ts';
import { NO_ONCALL } from '../oncall-lines.ts';
import { say, stay, withEffect, withModal } from '../state.ts';
import { isEnded } from '../../incident/incident.ts';
import { listed, notKnown } from '../view.ts';

export const helpAction: ScreenAction = {
  name: 'help',
  alias: ['?'],
  key: 'f1',
  does: 'help, searchable',
  hint: 'help',
  usage: '/help [words]',
  apply: (ui, view, args) => stay(withModal(ui, { kind: 'help', query: draftOf(args), at: 0, over: null }, view)),
};

/** Views of the whole room that are open until Esc. */
export const viewActions: readonly ScreenAction[] = [
  opens({ kind: 'next', at: 0 }, { name: 'next', alt: 'alt-n', does: 'what is to be done next, in order' }),
  opens(
    { kind: 'brief', offered: false, scroll: 0 },
    { name: 'brief', alt: 'alt-i', does: 'what we know: for whoever joins late', whyNot: notShown },
  ),
  opens(
    { kind: 'can', scroll: 0 },
    { name: 'can', does: 'conditions, actions, needs: the report for the phone', whyNot: notShown },
  ),
  opens(
    { kind: 'oncall', scroll: 0 },
    {
      name: 'oncall',
      does: 'who is on call now and next, and their phones',
      whyNot({ oncall }) {
        if (oncall === undefined) return 'the hub has not said who is on call';
        return oncall === null ? NO_ONCALL : null;
      },
    },
  ),
  {
    name: 'deliveries',
    does: 'what the outside was told, and what failed',
    whyNot: ({ deliveries }) => (deliveries === undefined ? 'the hub has not said what it delivers' : null),
    apply: (ui, view) => stay(withModal(ui, { kind: 'deliveries', at: 0, marked: view.deliveries?.[0]?.id }, view)),
  },
  opens(
    { kind: 'owed', at: 0 },
    {
      name: 'actions',
      alias: ['owed'],
      does: 'what is left to do after incidents: action items and postmortems of all of them',
      whyNot: (view) =>
        notKnown(view, 'what is left to do') ??
        (view.followUp === undefined ? 'the hub has not said what is left to do' : null),
    },
  ),
  opens(
    { kind: 'links', at: 0 },
    { name: 'links', does: 'dashboards, traces and logs, for the time of the incident; Enter copies one' },
  ),
];

const listAction: ScreenAction = {
  name: 'list',
  alias: ['incidents'],
  does: 'incidents: look at one, link, merge, cancel, reopen',
  apply(ui, view) {
    if (view.incidents.length === 0) {
      const unknown = notKnown(view, 'which incidents there are');
      return unknown ?? stay(say(ui, 'no incident is open', view.mono));
    }
    // From an incident that is over one goes to the first that is open.
    const isOver = view.incident !== null && isEnded(view.incident);
    const all = listed(view);
    const shown = isOver ? undefined : all.find(({ id }) => id === view.incident?.id);
    return stay(withModal(ui, { kind: 'incidents', at: 0, marked: (shown ?? all[0])?.id }, view));
  },
};

export const roomActions: readonly Action[] = [
  opens(
    { kind: 'palette', query: emptyDraft, at: 0 },
    { name: 'palette', alias: ['menu'], key: 'ctrl-p', does: 'everything there is to do, by name', hint: 'menu' },
  ),
  opens(
    { kind: 'history', query: emptyDraft, at: 0 },
    { name: 'history', key: 'ctrl-r', does: 'search what you typed before' },
  ),
  {
    name: 'reload',
    does: 'have the hub read its configuration again',
    whyNot: mayNotWrite,
    fields: [],
    print: { reload: () => [] },
    command: () => ({ kind: 'reload' }),
  },
  listAction,
  {
    name: 'switch',
    alias: ['incident'],
    does: 'look at another incident',
    usage: '/switch ID, or words of its title',
    apply(ui, view, args) {
      if (args === '') return listAction.apply(ui, view, '');
      const words = args.toLowerCase();
      // A whole id is no other's, though the ids of others begin with it.
      const exact = view.incidents.filter(({ id }) => id === words);
      const [found, ...others] =
        exact.length > 0
          ? exact
          : view.incidents.filter(({ id, title }) => `${id} ${title}`.toLowerCase().includes(words));
      if (found !== undefined && others.length === 0) return withEffect(ui, { do: 'follow', incident: found.id });
      const what = found === undefined ? 'no incident matches' : `${others.length + 1} incidents match`;
      return `${what} "${args}": /list shows them`;
    },
  },
  opens({ kind: 'people', at: 0 }, { name: 'who', does: 'who is here, and in which role' }),
  {
    name: 'dismiss',
    does: 'clear entries the hub refused',
    whyNot: (view) => (view.pending.some(({ state }) => state === 'refused') ? null : 'nothing was refused'),
    apply(ui, view) {
      const refused = view.pending.filter(({ state }) => state === 'refused');
      return withEffect(ui, ...refused.map(({ id }) => ({ do: 'dismiss' as const, id })));
    },
  },
  opens({ kind: 'keys', seen: [] }, { name: 'keys', does: 'show what your terminal sends for a key' }),
  {
    name: 'mouse',
    does: 'mouse on or off; off leaves selecting to the terminal',
    apply(ui, view) {
      const on = !ui.mouse;
      const said = on ? 'mouse on: wheel scrolls, a click selects or presses a hint' : 'mouse off';
      return withEffect(say({ ...ui, mouse: on }, said, view.mono), { do: 'mouse', on });
    },
  },
  {
    name: 'theme',
    words: () => THEMES,
    does: `colours: ${THEMES.join(', ')}`,
    usage: '/theme NAME',
    apply(ui, view, args) {
      const name = THEMES.find((each) => each === args.toLowerCase());
      if (name === undefined) return `themes are ${THEMES.join(', ')}`;
      return withEffect(say(ui, `theme ${name}`, view.mono), { do: 'theme', name });
    },
  },
  {
    name: 'redraw',
    key: 'ctrl-l',
    does: 'draw the whole screen again',
    apply: (ui) => withEffect(ui, { do: 'redraw' }),
  },
  {
    name: 'suspend',
    key: 'ctrl-z',
    does: 'back to the shell; fg returns',
    apply: (ui) => withEffect(ui, { do: 'suspend' }),
  },
  {
    name: 'quit',
    alias: ['leave', 'exit'],
    does: 'leave; the incident stays open',
    apply: (ui) => withEffect(ui, { do: 'quit' }),
  },
];
