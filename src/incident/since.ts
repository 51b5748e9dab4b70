/** What happened while somebody was away, in one line. */
import type { Event } from './event.ts';
import { counted } from './words.ts';

const plural = (n: number, one: string, many = `${one}s`): readonly string[] =>
  n === 0 ? [] : [counted(n, one, many)];

/** `SEV-2 -> SEV-1, IC ana -> cyd, 2 decisions, 38 entries`; `entries`: how many there were in all. Of `events`, in seq order, those after somebody left. */
export function sinceInWords(events: readonly Event[], entries = events.length): string {
  const changed = (before: string | null | undefined, after: string | null, what = ''): readonly string[] =>
    before === undefined || before === after ? [] : [`${what}${before ?? 'nobody'} -> ${after ?? 'nobody'}`];
  const first: { severity?: string; status?: string; ic?: string | null } = {};
  const last: { severity: string; status: string; ic: string | null } = { severity: '', status: '', ic: null };
  for (const event of events) {
    if (event.kind === 'severity_set') {
      first.severity ??= event.data.from;
      last.severity = event.data.to;
    } else if (event.kind === 'status_set') {
      first.status ??= event.data.from;
      last.status = event.data.to;
    } else if ((event.kind === 'role_assigned' || event.kind === 'role_released') && event.data.role === 'ic') {
      const { name } = event.data;
      if (first.ic === undefined) first.ic = event.kind === 'role_assigned' ? event.data.from : name;
      last.ic = event.kind === 'role_assigned' ? name : null;
    }
  }
  const isDecision = (event: Event): boolean =>
    event.kind === 'decision_proposed' || (event.kind === 'noted' && event.data.form === 'decision');
  return [
    ...changed(first.severity, last.severity),
    ...changed(first.status, last.status),
    ...changed(first.ic, last.ic, 'IC '),
    ...plural(events.filter(isDecision).length, 'decision'),
    ...plural(entries, 'entry', 'entries'),
  ].join(', ');
}
