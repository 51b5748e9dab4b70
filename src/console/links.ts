/** Links to dashboards, traces and logs, filled in for what this screen shows. Pure. */
import { correlationIds } from '../incident/correlation.ts';
import { fillLink, incidentWindow, type LinkTemplate } from '../incident/links.ts';
import type { RunbookItem } from '../../panels/runbook.ts';
import { textLines } from './modal-parts.ts';
import type { Line } from '../terminal/text.ts';
import type { View } from './view.ts';

/** The newest correlation id in the entries of people. */
const newestId = ({ events }: View): string | undefined => {
  for (let i = events.length - 1; i >= Math.max(0, events.length - 200); i--) {
    const event = events[i];
    const id = event?.kind === 'noted' ? correlationIds(event.data.text).at(-1) : undefined;
    if (id !== undefined) return id;
  }
  return undefined;
};

/** Templates of URLs, filled in for the incident that is shown. `given`: the correlation id; else the newest there is. */
export function linkItems(
  links: readonly LinkTemplate[],
  view: View,
  given?: string,
): readonly Extract<RunbookItem, { kind: 'link' }>[] {
  const { incident, now, alerts = [] } = view;
  if (links.length === 0) return [];
  const window = incident === null ? { from: now - 3_600_000, to: now } : incidentWindow(incident, now);
  const target = alerts.find((one) => one.incident === (incident?.id ?? null))?.labels['target'];
  const id = given ?? newestId(view);
  const values = {
    ...window,
    incident: incident?.id ?? '',
    ...(target === undefined ? {} : { target }),
    ...(id === undefined ? {} : { id }),
  };
  return links.map(({ name, url }) => ({ kind: 'link', name, ...fillLink(url, values) }));
}

/** The links that are made of a correlation id, for these ids. */
export const idLinkLines = (ids: readonly string[], view: View, cols: number): readonly Line[] => {
  const templates = (view.links ?? []).filter(({ url }) => url.includes('{id}'));
  return ids
    .slice(0, 3)
    .flatMap((id) => linkItems(templates, view, id))
    .flatMap(({ name, url }) => textLines(`${name}: ${url}`, cols, 'info'));
};
