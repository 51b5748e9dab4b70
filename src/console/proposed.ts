/** Alerts that fire, belong to no incident and are not silenced: each proposes one. Worst first, what is ending last. */
import { SEVERITIES } from '../incident/severity.ts';
import type { AlertView } from '../protocol/messages.ts';
import type { View } from './view.ts';

export const proposed = ({ alerts }: Pick<View, 'alerts'>): readonly AlertView[] =>
  (alerts ?? [])
    .filter(({ state, incident, silencedUntil, inhibited }) => {
      const quiet = silencedUntil !== undefined || inhibited !== undefined;
      return state !== 'pending' && incident === null && !quiet;
    })
    .toSorted((a, b) => rank(a) - rank(b));

const rank = ({ severity, ending }: AlertView): number => SEVERITIES.indexOf(severity) + (ending ? 10 : 0);
