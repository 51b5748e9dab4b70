/** Who is on call, until when, and how people are reached. */
import type { ScreenAction } from '../action.ts';
import { NO_ONCALL } from '../oncall-lines.ts';
import { stay } from '../state.ts';

export const oncallAction: ScreenAction = {
  name: 'oncall',
  does: 'who is on call now and next, and their phones',
  usage: '/oncall',
  whyNot({ oncall }) {
    if (oncall === undefined) return 'the hub has not said who is on call';
    return oncall === null ? NO_ONCALL : null;
  },
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'oncall', scroll: 0, openedAt: view.mono } }),
};
