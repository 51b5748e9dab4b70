/** Alertmanager's webhook, and alerts for a real Alertmanager. */
import { afterAll, expect, test } from 'vitest';
import alertmanager from '../../src/delivery/receivers/alertmanager.ts';
import type { Message } from '../../src/delivery/receiver.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { endSupervisor, privateAlertmanager } from '../services/services.ts';
import { until } from '../support/patience.ts';
import { settingsOf, testContract } from './contract.ts';
import { message, messages, SECRET, sendContext } from './messages.ts';
import { bySchema, Provider, type Request } from './provider.ts';

afterAll(endSupervisor);

interface Alert {
  readonly status: string;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
}
const check = bySchema('alertmanager-webhook-v4.json');
const alertIn = ({ json }: Request) => (json as { alerts: readonly Alert[] }).alerts[0]!;
const provider = {
  check: ({ json, headers, path }: Request) => [
    ...check(json),
    ...(headers.authorization === `Bearer ${SECRET}` && path === '/hook' ? [] : ['wrong token or path']),
  ],
  good: () => ({ status: 200, body: { ok: true } }),
};
const settings = (url: string) => ({ url: `${url}/hook`, token: SECRET });

testContract({
  ...provider,
  name: 'alertmanager',
  kind: alertmanager,
  settings,
  kinds: ['declared', 'page', 'severity', 'status', 'acknowledged', 'entry', 'resolved', 'test'],
  keyOf: (request) => alertIn(request).fingerprint,
});

const ALERT = { name: 'HighErrorRate', severity: 'SEV-2', since: '2026-11-27T02:50:00.000Z' } as const;
const { incident } = message('status');
/** An alert pages, becomes an incident that turns out to be worse, and is over. */
const LIFE: readonly Message[] = [
  message('page', { incident: null, alert: ALERT }),
  message('declared', { incident: incident && { ...incident, severity: 'SEV-2' }, alert: ALERT }),
  message('severity', { incident: incident && { ...incident, severity: 'SEV-0' }, alert: ALERT }),
  message('resolved', { incident: incident && { ...incident, severity: 'SEV-0', status: 'resolved' }, alert: ALERT }),
  message('entry', { incident: incident && { ...incident, severity: 'SEV-0', status: 'closed' }, alert: ALERT }),
];

test('one alert from the page to the end, whatever severity it gets', async () => {
  const there = await Provider.open(provider);
  for (const one of LIFE) await alertmanager.send(settingsOf(alertmanager, settings(there.url)), one, sendContext());
  await there.close();
  const alerts = there.requests.map(alertIn);
  expect(alerts.map(({ status, labels }) => [status, labels['severity'], labels['sev']])).toEqual([
    ['firing', 'warning', 'SEV-2'],
    ['firing', 'warning', 'SEV-2'],
    ['firing', 'critical', 'SEV-0'],
    ['resolved', 'critical', 'SEV-0'],
    ['resolved', 'critical', 'SEV-0'],
  ]);
  expect(new Set(alerts.map(({ fingerprint }) => fingerprint)).size).toBe(1);
  expect(new Set(alerts.map(({ startsAt }) => startsAt))).toEqual(new Set([ALERT.since]));
  expect(alerts.map(({ endsAt }) => endsAt.slice(0, 4))).toEqual(['0001', '0001', '0001', '2026', '2026']);
});

test('a real Alertmanager takes all we send; it fires, changes its severity, and is resolved', async (context) => {
  const seen: Alert[] = [];
  const sink = await Provider.open({
    check: (request) => check(request.json),
    good: ({ json }) => {
      seen.push(...(json as { alerts: readonly Alert[] }).alerts);
      return { status: 200 };
    },
  });
  const config = {
    route: { receiver: 'sink', group_by: ['...'], group_wait: '10ms', group_interval: '50ms', repeat_interval: '1h' },
    receivers: [{ name: 'sink', webhook_configs: [{ url: sink.url }] }],
  };
  const real = await privateAlertmanager(JSON.stringify(config));
  if (real === null) {
    await sink.close();
    return context.skip('there is no Alertmanager here');
  }
  const given = settingsOf(alertmanager, { url: `${real.url}/api/v2/alerts` });
  const send = async (one: Message): Promise<void> => {
    expect(await alertmanager.send(given, one, sendContext({ now: Date.now() }))).toEqual({ state: 'delivered' });
  };
  const firing = async (): Promise<readonly string[]> => {
    const alerts = (await (await fetch(`${real.url}/api/v2/alerts?active=true`)).json()) as readonly Alert[];
    return alerts.map(({ labels }) => nameOf(labels)).sort();
  };
  const nameOf = ({ alertname, severity, sev = '', level = '', incident: subject }: Record<string, string>): string => {
    expect([alertname, subject]).toEqual(['HighErrorRate', `HighErrorRate@${ALERT.since}`]);
    return `${severity} ${sev}${level}`;
  };
  const told = (status: string, name: string): number =>
    seen.filter((one) => one.status === status && nameOf(one.labels) === name).length;
  const now = (one: Message): Message => ({ ...one, at: new Date().toISOString() });
  const [paged, declared, worse, resolved, after] = LIFE as [Message, Message, Message, Message, Message];
  await send(now(paged));
  await send(now(declared));
  expect(await firing()).toEqual(['page L1', 'warning SEV-2']);
  await until('both are told', () => told('firing', 'warning SEV-2') > 0 && told('firing', 'page L1') > 0);
  await send(now(worse));
  expect(await firing()).toEqual(['critical SEV-0', 'page L1']);
  await until('the new severity is told', () => told('firing', 'critical SEV-0') > 0);
  await send(now(message('acknowledged', { incident: worse.incident, alert: ALERT })));
  expect(await firing()).toEqual(['critical SEV-0']);
  await until('that the page is over is told', () => told('resolved', 'page L1') > 0);
  // The acknowledgement has expired: it rings again.
  const before = told('firing', 'page L1');
  await send(now(message('page', { incident: worse.incident, alert: ALERT })));
  await until('the page is told again', () => told('firing', 'page L1') > before);
  await send(now(resolved));
  await send(now(after));
  expect(await firing()).toEqual([]);
  await until('the end is told', () => told('resolved', 'critical SEV-0') > 0 && told('resolved', 'page L1') > 1);
  // Those that never fired are told to nobody.
  const names = new Set(seen.map(({ labels }) => nameOf(labels)));
  expect(names).toEqual(new Set(['page L1', 'warning SEV-2', 'critical SEV-0']));
  for (const one of messages()) await send(one);
  expect(sink.faults).toEqual([]);
  await real.stop();
  await sink.close();
});

test('the keys of receivers.yaml', () => {
  const faults = (raw: Record<string, unknown>): readonly string[] => {
    const read = new SettingsReader(raw);
    alertmanager.read(read);
    return read.faults.map(({ message: words }) => words);
  };
  expect(faults({ url: 'https://a.b/c', username: 'u', password: 'p' })).toEqual([]);
  expect(faults({ token: 't', username: 'u', topic: 'x' })).toEqual([
    '"url" is missing',
    'give token, or username and password, not both',
    'username and password go together',
    'unknown key topic',
  ]);
});
