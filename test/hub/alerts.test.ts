/** The life of alerts in a hub: proposed, attached, told once, resolved; remembered over a restart; kept quiet. */
import { afterEach, expect, test } from 'vitest';
import { declare, Opened, until } from '../support/room.ts';
import { changes, named, Patient } from './watched.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const MEMORY = `
  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-2, keep: 0s, runbook: redis-memory-full }`;

test('without an incident an alert is a proposal on every console; a declaration takes it in', async () => {
  const patient = new Patient().set('cache', { redis_memory_usage: 0.5 });
  const hub = await opened.hub(await opened.folder(), patient.options(MEMORY));
  const [ana, ben] = [await opened.client(hub, 'ana'), await opened.client(hub, 'ben')];
  await until('nothing fires', () => ana.view.alerts?.length === 0);
  patient.set('cache', { redis_memory_usage: 0.93 });
  await until('both see it', () => [ana, ben].every((client) => named(client, 'Memory')?.state === 'firing'));
  expect(named(ben, 'Memory')).toMatchObject({
    severity: 'SEV-2',
    runbook: 'redis-memory-full',
    labels: { target: 'cache' },
    incident: null,
    summary: 'Memory: 0.93, redis_memory_usage > 90% (target=cache)',
  });
  expect(hub.stats()).toMatchObject({ incidentsOpen: 0, alerts: { firing: 1 } });

  const incident = await declare(ana);
  await until('it belongs to the incident', () => named(ben, 'Memory')?.incident === incident);
  await until('and stands in its record', () => changes(ben, 'Memory').length > 0);
  expect(ben.view.incident?.alerts).toMatchObject([{ rule: 'Memory', state: 'firing', severity: 'SEV-2' }]);

  patient.set('cache', { redis_memory_usage: 0.4 });
  await until('it is over', () => changes(ben, 'Memory').length > 1);
  expect(changes(ben, 'Memory')).toEqual(['inactive>firing', 'firing>resolved']);
  expect(ben.view.alerts).toEqual([]);
});
