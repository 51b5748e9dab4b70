/** What the outside was told, and what it was not. */
import type { ScreenAction } from '../action.ts';
import { stay } from '../state.ts';

export const deliveriesAction: ScreenAction = {
  name: 'deliveries',
  does: 'what the outside was told, and what failed',
  usage: '/deliveries',
  whyNot: ({ deliveries }) => (deliveries === undefined ? 'the hub has not said what it delivers' : null),
  apply: (ui, view) =>
    stay({ ...ui, modal: { kind: 'deliveries', at: 0, marked: view.deliveries?.[0]?.id, openedAt: view.mono } }),
};
