/** Finding one's way around: help, palette, incidents, people, the terminal, leaving; and the hub's configuration. */
import { emptyDraft, draftOf } from '../../terminal/editor.ts';
import { THEMES } from '../../terminal/theme.ts';
import { type HubAction, type ScreenAction, mayNotWrite, notShown } from '../action.ts';
import { say, stay, withEffect } from '../state.ts';
import { isEnded } from '../../incident/incident.ts';
import { listed, notKnown } from '../view.ts';

export const helpAction: ScreenAction = {
  name: 'help',
  alias: ['?'],
  key: 'f1',
  does: 'help, searchable',
  hint: 'help',
  usage: '/help [words]',
  apply: (ui, view, args) =>
    stay({ ...ui, modal: { kind: 'help', query: draftOf(args), at: 0, over: null, openedAt: view.mono } }),
};

export const paletteAction: ScreenAction = {
  name: 'palette',
  alias: ['menu'],
  key: 'ctrl-p',
  does: 'everything there is to do, by name',
  hint: 'menu',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'palette', query: emptyDraft, at: 0, openedAt: view.mono } }),
};

export const historyAction: ScreenAction = {
  name: 'history',
  key: 'ctrl-r',
  does: 'search what you typed before',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'history', query: emptyDraft, at: 0, openedAt: view.mono } }),
};

export const nextAction: ScreenAction = {
  name: 'next',
  alt: 'alt-n',
  does: 'what is to be done next, in order',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'next', at: 0, openedAt: view.mono } }),
};

export const briefAction: ScreenAction = {
  name: 'brief',
  alt: 'alt-i',
  does: 'what we know: for whoever joins late',
  whyNot: notShown,
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'brief', offered: false, scroll: 0, openedAt: view.mono } }),
};

export const reloadAction: HubAction = {
  name: 'reload',
  does: 'have the hub read its configuration again',
  whyNot: mayNotWrite,
  fields: [],
  print: { reload: () => [] },
  command: () => ({ kind: 'reload' }),
};

const listAction: ScreenAction = {
  name: 'list',
  alias: ['incidents'],
  does: 'incidents: look at one, link, merge, cancel, reopen',
  apply(ui, view) {
    if (view.incidents.length === 0) {
      const unknown = notKnown(view);
      const why = unknown === null ? 'no incident is open' : `${unknown} which incidents there are`;
      return stay(say(ui, why, view.mono, unknown !== null));
    }
    // From an incident that is over one goes to the first that is open.
    const isOver = view.incident !== null && isEnded(view.incident);
    const shown = isOver ? 0 : listed(view).findIndex(({ id }) => id === view.incident?.id);
    return stay({ ...ui, modal: { kind: 'incidents', at: Math.max(0, shown), openedAt: view.mono } });
  },
};

export const roomActions: readonly ScreenAction[] = [
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
      return stay(say(ui, `${what} "${args}": /list shows them`, view.mono, true));
    },
  },
  {
    name: 'who',
    does: 'who is here, and in which role',
    apply: (ui, view) => stay({ ...ui, modal: { kind: 'people', at: 0, openedAt: view.mono } }),
  },
  {
    name: 'dismiss',
    does: 'clear entries the hub refused',
    whyNot: (view) => (view.pending.some(({ state }) => state === 'refused') ? null : 'nothing was refused'),
    apply(ui, view) {
      const refused = view.pending.filter(({ state }) => state === 'refused');
      return withEffect(ui, ...refused.map(({ id }) => ({ do: 'dismiss' as const, id })));
    },
  },
  {
    name: 'keys',
    does: 'show what your terminal sends for a key',
    apply: (ui, view) => stay({ ...ui, modal: { kind: 'keys', seen: [], openedAt: view.mono } }),
  },
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
      if (name === undefined) return stay(say(ui, `themes are ${THEMES.join(', ')}`, view.mono, true));
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
