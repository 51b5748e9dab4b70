/** `/healthz`, and `/metrics` for Prometheus. */
import { DELIVERY_STATES } from '../incident/deliveries.ts';
import { TIME_FIGURES, type Figures } from '../incident/figures.ts';
import { SEVERITIES } from '../incident/severity.ts';
import type { Stats } from './hub-options.ts';
import { json, type Routes } from './server.ts';

/** `figures`: of the last 30 days. */
export const healthRoutes = (stats: () => Stats, figures: () => Figures): Routes => ({
  'GET /healthz': (_request, response) => {
    const now = stats();
    json(response, now.readOnly === null ? 200 : 503, {
      status: now.readOnly === null ? 'ok' : 'read_only',
      // Unauthenticated: details go only to consoles and the hub's log.
      ...(now.readOnly === null ? {} : { reason: 'nothing can be written at present' }),
      websocket_connections: now.connections,
      people: now.people,
      incidents_open: now.incidentsOpen,
      ...(now.damaged === 0 ? {} : { records_damaged: now.damaged }),
      alerts_firing: now.alerts.firing,
      alerts_pending: now.alerts.pending,
      deliveries_missing: now.deliveries.missing,
      journal_lag: now.journalLag,
      ...(now.unkept === null ? {} : { readings: 'not kept' }),
      uptime_seconds: now.uptimeSeconds,
      version: now.version,
    });
  },
  'GET /metrics': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(metrics(stats(), figures()));
  },
});

function metrics(now: Stats, figures: Figures): string {
  let text = '';
  const metric = (name: string, help: string, ...values: [labels: string, value: number][]): void => {
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    text += `# HELP warroom_${name} ${help}\n# TYPE warroom_${name} ${type}\n`;
    for (const [labels, value] of values) text += `warroom_${name}${labels} ${value}\n`;
  };
  metric('websocket_connections', 'Open WebSocket connections.', ['', now.connections]);
  metric('people', 'People with a console open.', ['', now.people]);
  metric('incidents_open', 'Incidents that have not ended.', ['', now.incidentsOpen]);
  metric('incidents', 'Incidents in the record.', ['', now.incidents]);
  metric('records_damaged', 'Records that are damaged and not served.', ['', now.damaged]);
  metric('alerts_firing', 'Alerts that fire, silenced ones too.', ['', now.alerts.firing]);
  metric('alerts_pending', 'Alerts whose condition holds, not yet for long enough.', ['', now.alerts.pending]);
  metric('silences', 'Silences that hold.', ['', now.alerts.silences]);
  metric('rules', 'Alert rules.', ['', now.alerts.rules]);
  metric('rule_faults', 'Rules that cannot be evaluated or make little sense.', ['', now.alerts.faults]);
  metric(
    'deliveries',
    'Deliveries to the outside that are kept, by state.',
    ...DELIVERY_STATES.map((state): [string, number] => [`{state="${state}"}`, now.deliveries[state]]),
  );
  metric('deliveries_missing', 'Of these, what somebody outside should know and does not.', [
    '',
    now.deliveries.missing,
  ]);
  metric('journal_lag', 'Commands taken and not yet on disk.', ['', now.journalLag]);
  metric('read_only', '1 when the hub cannot write.', ['', now.readOnly === null ? 0 : 1]);
  metric('readings_kept', '1 while readings are kept for replay.', ['', now.unkept === null ? 1 : 0]);
  metric('events_total', 'Events recorded since the start.', ['', now.events]);
  const { acknowledged, refused } = now.commands;
  metric(
    'commands_total',
    'Commands answered since the start.',
    ['{outcome="acknowledged"}', acknowledged],
    ['{outcome="refused"}', refused],
  );
  type Value = [labels: string, value: number];
  const ifKnown = (labels: string, value: number | null): Value[] => (value === null ? [] : [[labels, value]]);
  for (const name of TIME_FIGURES) {
    const of = SEVERITIES.map((severity) => ({ severity, ...figures[name][severity] }));
    const help = `Mean of the incidents declared in the last 30 days, from the detection (docs/figures.md).`;
    metric(`${name}_seconds`, help, ...of.flatMap(({ severity, value }) => ifKnown(`{severity="${severity}"}`, value)));
    metric(
      `${name}_incidents`,
      'Of how many incidents the mean is, of how many the time is missing, and of how many it may still come.',
      ...of.flatMap(({ severity, ...counts }) =>
        (['count', 'missing', 'pending'] as const).map((what): Value => [
          `{severity="${severity}",state="${what === 'count' ? 'counted' : what}"}`,
          counts[what],
        ]),
      ),
    );
  }
  const { incidentsPerWeek, postmortemRate } = figures;
  metric('incidents_per_week', 'Incidents a week in the last 30 days.', ...ifKnown('', incidentsPerWeek.value));
  metric('postmortem_rate', 'Postmortems published of those due, 0 to 1.', ...ifKnown('', postmortemRate.value));
  metric('uptime_seconds', 'Time since the start.', ['', now.uptimeSeconds]);
  return text;
}
