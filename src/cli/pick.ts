/** Which incident a shell command is about. */
import { isEnded } from '../incident/incident.ts';
import type { IncidentSummary } from '../protocol/messages.ts';
import { type CliContext, Exit, EXIT, refusalOf, UsageError } from './command.ts';
import { loadIncidents } from './incident-cache.ts';
import { dataDir } from './paths.ts';
import type { Session } from './session.ts';

/** `--incident`, else the only one that is open besides `except`. Several, or none, is an error that says which there are. */
export async function pickIncident(context: CliContext, session: Session, except?: string): Promise<IncidentSummary> {
  const known: readonly IncidentSummary[] = session.live
    ? session.client.view.incidents
    : await loadIncidents(dataDir(context), session.hub);
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
  if (open.length === 0)
    throw session.live
      ? refusalOf('not_found', 'no incident is open; declare one: warroom declare TITLE --sev 0..3')
      : new Exit(
          EXIT.unreachable,
          `${session.trouble}, and no open incident is known here; name it with --incident ID to queue this`,
        );
  throw new UsageError(`several incidents are open; say which with --incident ID${listed(open)}`);
}

/**
 * The incident with this id, or the only one whose id, with or without its date, begins so. Open ones go first: an old
 * incident of the same name does not make a prefix ambiguous. Undefined: none; several end the command.
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

/** An incident named by somebody who should know, while the hub cannot be asked. */
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
