/** Finding one's way around: help, palette, incidents, people, leaving. */
import { THEMES } from '../../terminal/theme.ts';
import { notShown, type ScreenAction } from '../action.ts';
import { emptyDraft, draftOf } from '../../terminal/editor.ts';
import { say, stay, withEffect } from '../state.ts';
import { notKnown } from '../view.ts';

export const helpAction: ScreenAction = {
  name: 'help',
  alias: ['?'],
  key: 'f1',
  does: 'help, searchable',
  hint: 'help',
  usage: '/help [words]',
  group: 'room',
  apply: (ui, view, args) =>
    stay({ ...ui, modal: { kind: 'help', query: draftOf(args.trim()), at: 0, over: null, openedAt: view.mono } }),
};

export const paletteAction: ScreenAction = {
  name: 'palette',
  alias: ['menu'],
  key: 'ctrl-p',
  does: 'everything there is to do, by name',
  hint: 'menu',
  usage: '/palette',
  group: 'room',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'palette', query: emptyDraft, at: 0, openedAt: view.mono } }),
};

export const listAction: ScreenAction = {
  name: 'list',
  alias: ['incidents'],
  does: 'open incidents: pick one to look at',
  usage: '/list',
  group: 'room',
  apply(ui, view) {
    if (view.incidents.length === 0) {
      const unknown = notKnown(view);
      const why = unknown === null ? 'no incident is open' : `${unknown} which incidents there are`;
      return stay(say(ui, why, view.mono, unknown !== null));
    }
    const at = Math.max(
      0,
      view.incidents.findIndex(({ id }) => id === view.incident?.id),
    );
    return stay({ ...ui, modal: { kind: 'incidents', at, openedAt: view.mono } });
  },
};

export const goToAction: ScreenAction = {
  name: 'switch',
  alias: ['incident'],
  does: 'look at another incident',
  usage: '/switch ID, or words of its title',
  group: 'room',
  apply(ui, view, args) {
    const words = args.trim().toLowerCase();
    if (words === '') return listAction.apply(ui, view, '');
    const found = view.incidents.filter(
      ({ id, title }) => id === words || `${id} ${title}`.toLowerCase().includes(words),
    );
    if (found.length !== 1 || found[0] === undefined) {
      const what = found.length === 0 ? 'no incident matches' : `${found.length} incidents match`;
      return stay(say(ui, `${what} "${args.trim()}": /list shows them`, view.mono, true));
    }
    return withEffect(ui, { do: 'follow', incident: found[0].id });
  },
};

export const whoAction: ScreenAction = {
  name: 'who',
  does: 'who is here, and in which role',
  usage: '/who',
  group: 'room',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'people', at: 0, openedAt: view.mono } }),
};

export const keysAction: ScreenAction = {
  name: 'keys',
  does: 'show what your terminal sends for a key',
  usage: '/keys',
  group: 'room',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'keys', seen: [], openedAt: view.mono } }),
};

export const mouseAction: ScreenAction = {
  name: 'mouse',
  does: 'mouse on or off; off leaves selecting to the terminal',
  usage: '/mouse',
  group: 'room',
  apply: (ui, view) =>
    withEffect(
      say(
        { ...ui, mouse: !ui.mouse },
        ui.mouse ? 'mouse off' : 'mouse on: wheel scrolls, a click selects or presses a hint',
        view.mono,
      ),
      {
        do: 'mouse',
        on: !ui.mouse,
      },
    ),
};

export const themeAction: ScreenAction = {
  name: 'theme',
  words: () => THEMES,
  does: `colours: ${THEMES.join(', ')}`,
  usage: '/theme NAME',
  group: 'room',
  apply(ui, view, args) {
    const name = THEMES.find((each) => each === args.trim().toLowerCase());
    if (name === undefined) return stay(say(ui, `themes are ${THEMES.join(', ')}`, view.mono, true));
    return withEffect(say(ui, `theme ${name}`, view.mono), { do: 'theme', name });
  },
};

export const dismissAction: ScreenAction = {
  name: 'dismiss',
  does: 'clear entries the hub refused',
  usage: '/dismiss',
  group: 'room',
  whyNot: (view) => (view.pending.some(({ state }) => state === 'refused') ? null : 'nothing was refused'),
  apply: (ui, view) =>
    withEffect(
      ui,
      ...view.pending.filter(({ state }) => state === 'refused').map(({ id }) => ({ do: 'dismiss' as const, id })),
    ),
};

export const redrawAction: ScreenAction = {
  name: 'redraw',
  key: 'ctrl-l',
  does: 'draw the whole screen again',
  usage: '/redraw',
  group: 'room',
  apply: (ui) => withEffect(ui, { do: 'redraw' }),
};

export const suspendAction: ScreenAction = {
  name: 'suspend',
  key: 'ctrl-z',
  does: 'back to the shell; fg returns',
  usage: '/suspend',
  group: 'room',
  apply: (ui) => withEffect(ui, { do: 'suspend' }),
};

export const quitAction: ScreenAction = {
  name: 'quit',
  alias: ['leave', 'exit'],
  does: 'leave; the incident stays open',
  usage: '/quit',
  group: 'room',
  apply: (ui) => withEffect(ui, { do: 'quit' }),
};

export const briefAction: ScreenAction = {
  name: 'brief',
  alt: 'alt-i',
  does: 'what we know: for whoever joins late',
  usage: '/brief',
  group: 'look',
  whyNot: notShown,
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'brief', scroll: 0, openedAt: view.mono } }),
};

export const historyAction: ScreenAction = {
  name: 'history',
  key: 'ctrl-r',
  does: 'search what you typed before',
  usage: '/history',
  group: 'room',
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'history', query: emptyDraft, at: 0, openedAt: view.mono } }),
};
