/** Which incident a shell command is about. */
import { isEnded } from '../incident/incident.ts';
import type { IncidentSummary } from '../protocol/messages.ts';
import { type CliContext, Exit, EXIT, refusalOf, UsageError } from './command.ts';
import type { Session } from './session.ts';

/** `--incident`, else the only open one besides `except`. Several, or none, is an error that lists them. */
export function pickIncident(context: CliContext, session: Session, except?: string): IncidentSummary {
  const known = session.incidents;
  const wanted = context.text('incident');
  if (wanted !== undefined) {
    const found = byPrefix(known, wanted);
    if (found !== undefined) return found;
    const damaged = session.client.view.damaged.find(({ incident }) => incident === wanted);
    if (damaged !== undefined)
      throw refusalOf('not_found', `the record of ${wanted} is damaged and not served: ${damaged.reason}`);
    if (session.live) throw refusalOf('not_found', `there is no incident "${wanted}"${listed(known)}`);
    return unseen(wanted);
  }
  const open = known.filter((incident) => !isEnded(incident) && incident.id !== except);
  const running = open.filter((incident) => incident.status !== 'resolved');
  const only = running.length === 1 ? running[0] : open.length === 1 ? open[0] : undefined;
  if (only !== undefined) return only;
  if (open.length > 0) throw new UsageError(`several incidents are open; say which with --incident ID${listed(open)}`);
  if (session.live) throw refusalOf('not_found', 'no incident is open; declare one: warroom declare TITLE --sev 0..3');
  throw new Exit(
    EXIT.unreachable,
    `${session.trouble}, and no open incident is known here; name it with --incident ID to queue this`,
  );
}

/**
 * The incident with this id, or the only one whose id, with or without its date, begins so; open ones first.
 * Undefined: none; several end the command.
 */
export function byPrefix(known: readonly IncidentSummary[], wanted: string): IncidentSummary | undefined {
  const exact = known.find(({ id }) => id === wanted);
  if (exact !== undefined || wanted === '') return exact;
  const begin = wanted.toLowerCase();
  const all = known.filter(({ id }) => id.startsWith(begin) || id.replace(/^\d{4}-\d\d-\d\d-/, '').startsWith(begin));
  const open = all.filter((incident) => !isEnded(incident));
  const found = open.length > 0 ? open : all;
  if (found.length > 1) throw new UsageError(`"${wanted}" begins several incidents; write more of it${listed(found)}`);
  return found[0];
}

/** An incident named while the hub cannot be asked. */
const unseen = (id: string): IncidentSummary => ({
  id,
  title: id,
  severity: 'SEV-3',
  status: 'declared',
  drill: false,
  declaredAt: new Date(0).toISOString(),
  lead: null,
  head: 0,
});

const listed = (incidents: readonly IncidentSummary[]): string =>
  incidents.map(({ id, severity, status }) => `\n    ${id}  ${severity} ${status}`).join('');
