/** What the hub says of itself over HTTP: `/healthz` for people and probes, `/metrics` for Prometheus. */
import type { AlertCounts } from './alerting.ts';
import { json, type Routes } from './server.ts';

export interface Stats {
  /** Why nothing can be written; null while all is well. */
  readonly readOnly: string | null;
  readonly connections: number;
  readonly people: number;
  readonly incidentsOpen: number;
  readonly incidents: number;
  /** Records that are not served. */
  readonly damaged: number;
  /** Commands taken and not yet on disk. */
  readonly journalLag: number;
  readonly events: number;
  readonly commands: { readonly acknowledged: number; readonly refused: number };
  readonly uptimeSeconds: number;
  readonly version: string;
  readonly alerts: AlertCounts;
}

export const healthRoutes = (stats: () => Stats): Routes => ({
  'GET /healthz': (_request, response) => {
    const now = stats();
    json(response, now.readOnly === null ? 200 : 503, {
      status: now.readOnly === null ? 'ok' : 'read_only',
      // Strangers may ask: which file failed is said on every console and in the hub's own log.
      ...(now.readOnly === null ? {} : { reason: 'nothing can be written at present' }),
      websocket_connections: now.connections,
      people: now.people,
      incidents_open: now.incidentsOpen,
      ...(now.damaged === 0 ? {} : { records_damaged: now.damaged }),
      alerts_firing: now.alerts.firing,
      alerts_pending: now.alerts.pending,
      journal_lag: now.journalLag,
      uptime_seconds: now.uptimeSeconds,
      version: now.version,
    });
  },
  'GET /metrics': (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(metrics(stats()));
  },
});

/** Prometheus' text format. */
function metrics(now: Stats): string {
  const rows: readonly [name: string, type: 'gauge' | 'counter', help: string, ...values: [label: string, number][]][] =
    [
      ['warroom_websocket_connections', 'gauge', 'Open WebSocket connections.', ['', now.connections]],
      ['warroom_people', 'gauge', 'People with a console open.', ['', now.people]],
      ['warroom_incidents_open', 'gauge', 'Incidents that have not ended.', ['', now.incidentsOpen]],
      ['warroom_incidents', 'gauge', 'Incidents in the record.', ['', now.incidents]],
      ['warroom_records_damaged', 'gauge', 'Records that are damaged and not served.', ['', now.damaged]],
      ['warroom_alerts_firing', 'gauge', 'Alerts that fire, silenced ones too.', ['', now.alerts.firing]],
      [
        'warroom_alerts_pending',
        'gauge',
        'Alerts whose condition holds, not yet for long enough.',
        ['', now.alerts.pending],
      ],
      ['warroom_silences', 'gauge', 'Silences that hold.', ['', now.alerts.silences]],
      ['warroom_rules', 'gauge', 'Alert rules.', ['', now.alerts.rules]],
      ['warroom_rule_faults', 'gauge', 'Rules that cannot be evaluated or make little sense.', ['', now.alerts.faults]],
      ['warroom_journal_lag', 'gauge', 'Commands taken and not yet on disk.', ['', now.journalLag]],
      ['warroom_read_only', 'gauge', '1 when the hub cannot write.', ['', now.readOnly === null ? 0 : 1]],
      ['warroom_events_total', 'counter', 'Events recorded since the start.', ['', now.events]],
      [
        'warroom_commands_total',
        'counter',
        'Commands answered since the start.',
        ['{outcome="acknowledged"}', now.commands.acknowledged],
        ['{outcome="refused"}', now.commands.refused],
      ],
      ['warroom_uptime_seconds', 'gauge', 'Time since the start.', ['', now.uptimeSeconds]],
    ];
  return rows
    .map(([name, type, help, ...values]) =>
      [
        `# HELP ${name} ${help}`,
        `# TYPE ${name} ${type}`,
        ...values.map(([label, value]) => `${name}${label} ${value}`),
        '',
      ].join('\n'),
    )
    .join('');
}
