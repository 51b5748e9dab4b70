/** Incident ids: date and title, safe in paths. */

const LONGEST = 80;
/** Nothing else is used as a folder name. */
export const INCIDENT_ID = /^[a-z0-9][a-z0-9-]{0,79}$/;

/** Does the id, with or without its date, begin so? */
export const idBegins = (id: string, begin: string): boolean =>
  id.startsWith(begin) || id.replace(/^\d{4}-\d\d-\d\d-/, '').startsWith(begin);

/** `2026-11-23-websocket-servers-unreachable`; `-2`, `-3`, … if `taken`; `…-incident` without latin letters. */
export function incidentId(title: string, day: Date, taken: (id: string) => boolean): string {
  const words = title
    .slice(0, 400)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const base = `${day.toISOString().slice(0, 10)}-${words || 'incident'}`;
  for (let count = 1; ; count++) {
    const suffix = count === 1 ? '' : `-${count}`;
    const id = base.slice(0, LONGEST - suffix.length).replace(/-$/, '') + suffix;
    if (!taken(id)) return id;
  }
}
