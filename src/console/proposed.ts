/** Alerts that fire, belong to no incident and are not silenced: each proposes one. Worst first. */
import { SEVERITIES } from '../incident/severity.ts';
import type { AlertView } from '../protocol/messages.ts';
import type { View } from './view.ts';

export const proposed = ({ alerts }: Pick<View, 'alerts'>): readonly AlertView[] =>
  (alerts ?? [])
    .filter(({ state, incident, silencedUntil, inhibited }) => {
      const quiet = silencedUntil !== undefined || inhibited !== undefined;
      return state !== 'pending' && incident === null && !quiet;
    })
    .toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
