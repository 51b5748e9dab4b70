/** Actions on the hub itself: inspect a target more closely, reload the configuration. */
import { type HubAction, mayNotWrite } from '../action.ts';
import type { View } from '../view.ts';

/** What an inspection of this target shows, in words; undefined where there is none. */
const offer = ({ reading, lastGood }: View['targets'][number]): string | undefined =>
  reading?.facts['inspects'] ?? lastGood?.facts['inspects'];

const offering = (view: View): View['targets'] => view.targets.filter((target) => offer(target) !== undefined);

export const inspectAction: HubAction = {
  name: 'inspect',
  alias: ['bigkeys'],
  does: 'look closer at a target: big keys, processes',
  usage: '/inspect TARGET',
  group: 'look',
  whyNot: (view) => mayNotWrite(view) ?? (offering(view).length === 0 ? 'no target has more to show' : null),
  title: () => 'LOOK CLOSER',
  fields: [
    {
      kind: 'choice',
      name: 'target',
      ask: 'At what?',
      needed: true,
      from: (view) =>
        offering(view).map((target) => ({ value: target.name, label: target.name, about: offer(target) ?? '' })),
      initial: (view) => offering(view)[0]?.name ?? '',
    },
  ],
  parse: (args) => ({ target: args.trim() }),
  print: (command) => (command.kind === 'inspect' ? `/inspect ${command.target}` : null),
  command: (_view, { target = '' }) => ({ kind: 'inspect', target: target.trim() }),
};

export const reloadAction: HubAction = {
  name: 'reload',
  does: 'have the hub read its configuration again',
  usage: '/reload',
  group: 'room',
  whyNot: mayNotWrite,
  fields: [],
  parse: () => ({}),
  print: (command) => (command.kind === 'reload' ? '/reload' : null),
  command: () => ({ kind: 'reload' }),
};
