/** What people ask of a drill while it runs. */
import { CUES } from '../../incident/topics/drill.ts';
import { noIncident, type HubAction } from '../action.ts';

const ABOUT = { next: 'break the next thing', hint: 'what helps now', end: 'score it as it stands' } as const;

export const drillAction: HubAction = {
  name: 'drill',
  does: 'in a drill: a hint, the next fault, or the end',
  usage: '/drill hint|next|end',
  whyNot: (view) => noIncident(view) ?? (view.incident?.drill === true ? null : 'this is no drill'),
  title: () => 'DRILL',
  fields: [
    {
      kind: 'choice',
      name: 'cue',
      ask: 'Ask for',
      needed: true,
      from: () => CUES.map((cue) => ({ value: cue, label: cue, about: ABOUT[cue] })),
      initial: () => 'hint',
    },
  ],
  print: { cue_drill: ({ cue }) => [cue] },
  command(_view, { cue: word }) {
    const cue = CUES.find((one) => one === word);
    return cue === undefined ? `a drill is asked for ${CUES.join(', ')}` : { kind: 'cue_drill', cue };
  },
};
