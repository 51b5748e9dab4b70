/** Have the hub read its configuration again. */
import { mayNotWrite, type Asking } from '../action.ts';

export const reload: Asking = {
  name: 'reload',
  does: 'have the hub read its configuration again',
  usage: '/reload',
  group: 'room',
  whyNot: mayNotWrite,
  fields: [],
  parse: () => ({}),
  command: () => ({ kind: 'reload' }),
};
