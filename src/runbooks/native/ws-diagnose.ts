/** What ails WebSocket servers, in one sentence: each is polled twice, with its canary, as its probe does. */
import { spanInWords } from '../../incident/time.ts';
import { counted, groupedNumber } from '../../incident/words.ts';
import type { ObserveStep } from './step.ts';
import { ratePerSecond, serversOf, total, watch, type ServerReadings } from './ws-servers.ts';

const WATCHED_MS = 2000;
const FRESH_MS = 30 * 60_000;
/** Opened a minute, from which on it counts as a storm, when it is also a third of all connections. */
const STORM_A_MINUTE = 100;

export const step: ObserveStep = async (context) =>
  wsDiagnosis(await watch(context, serversOf(context), WATCHED_MS), Date.now());

export function wsDiagnosis(seen: readonly ServerReadings[], now: number): string {
  const rest = `(${counted(seen.length, 'server')} polled twice within 2 s)`;
  const down = seen.filter(({ last }) => !last.up);
  const says = down.map(({ target, last }) => `${target.name}: ${last.error?.message ?? 'no reason given'}`).join('; ');
  const isUpgrade = down.filter(
    ({ last, value }) => last.error?.phase === 'handshake' && value('ws_connections') !== null,
  );
  if (isUpgrade.length > 0 && isUpgrade.length === down.length)
    return `The servers answer, and new connections fail on ${down.length} of ${seen.length}: ${says} ${rest}.`;
  if (down.length === seen.length) return `No server answers: ${says} ${rest}.`;
  if (down.length > 0)
    return `${down.length} of ${seen.length} servers do not answer, and the others get their clients: ${says} ${rest}.`;
  const connections = total(seen, (one) => one.value('ws_connections'));
  const perMinute = (metric: string): number | null => {
    const all = total(seen, (one) => ratePerSecond(one, metric));
    return all === null ? null : 60 * all;
  };
  const [opened, errors] = [perMinute('ws_connections_opened'), perMinute('ws_connection_errors')];
  const counts = [
    connections === null ? 'connections not counted' : `${groupedNumber(connections)} connections`,
    opened === null ? 'opened ones not counted' : `${groupedNumber(Math.round(opened))} opened a minute`,
    errors === null ? 'errors not counted' : `${groupedNumber(Math.round(errors))} errors a minute`,
  ].join(', ');
  if (opened === null)
    return `Not known whether clients storm in: not every server counts what it opens; ${counts} ${rest}.`;
  const arriving = Math.max(opened, errors ?? 0);
  if (arriving <= STORM_A_MINUTE || arriving < (connections ?? 0) / 3)
    return `All servers answer, the canary connects, and there is no storm: ${counts} ${rest}; if people cannot connect, it is before the servers.`;
  const starts = seen.map(({ value }) => value('process_start_time_seconds'));
  const restarted = seen.filter((_, i) => starts[i] != null && now - Number(starts[i]) * 1000 < FRESH_MS);
  if (restarted.length > 0) {
    const ages = restarted.map(({ value }) => now - Number(value('process_start_time_seconds')) * 1000);
    return `Clients reconnect in a storm after a restart, as of a deployment: ${counts}, and ${restarted.map(({ target }) => target.name).join(', ')} began ${spanInWords(Math.min(...ages))} ago ${rest}.`;
  }
  if (starts.includes(null))
    return `Clients storm in, and why is not known: ${counts}; not every server says when it began ${rest}.`;
  return `Clients storm in without a restart of a server within 30 min: ${counts}; whether it is an attack or growth, the log of who connects says ${rest}.`;
}
