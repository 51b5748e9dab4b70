/** What it takes to add a kind of target: its probe, and one line in the index. Everything else follows from these. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { loadConfig } from '../../src/config/config.ts';
import { formatFault } from '../../src/config/fault.ts';
import { PROBE_KINDS, openTarget, probeMetrics } from '../../src/probes/index.ts';
import { metricTypes, type Probe, type Target } from '../../src/probes/probe.ts';
import { gauges, PollSession, type PollResult } from '../../src/probes/session.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import { isIdle } from '../../src/rules/lint.ts';
import { model } from '../support/models.ts';

class QueueSession extends PollSession<{ depth: number }> {
  protected async find(): Promise<PollResult> {
    return { failure: null, samples: gauges({ queue_depth: this.target.settings.depth }) };
  }
}
const queue: Probe<{ depth: number }> = {
  metrics: metricTypes({ gauge: 'queue_up queue_depth' }),
  parse(raw) {
    const read = new SettingsReader(raw);
    return read.done({ depth: read.count('depth', 0, 0) });
  },
  open: (target) => new QueueSession(target, 1000),
};

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-kind-'));
  Object.assign(PROBE_KINDS, { queue: { prefixes: ['queue_'], load: async () => queue } });
});
afterAll(async () => {
  Reflect.deleteProperty(PROBE_KINDS, 'queue');
  await rm(dir, { recursive: true });
});

async function load(warroom: string) {
  await writeFile(path.join(dir, 'warroom.yaml'), warroom);
  await writeFile(
    path.join(dir, 'alerts.yaml'),
    'alerts:\n  - { name: Queue, condition: queue_depth > 5, severity: SEV-2 }\n',
  );
  return loadConfig({ dir, env: {} });
}

test('its settings are read, with faults at their place', async () => {
  const config = await load('targets:\n  - { name: jobs, kind: queue, dept: 3 }\n');
  if (!('faults' in config)) throw new Error('the misspelt key was taken');
  expect(config.faults.map(formatFault).join()).toContain('warroom.yaml:2:32: unknown key dept; did you mean depth?');
});

test('its metrics are known to rules, which rest while there is no such target', async () => {
  expect((await probeMetrics()).get('queue_depth')).toBe('gauge');
  const config = await load('targets: []\n');
  if ('faults' in config) throw new Error(config.faults.map(formatFault).join());
  const [rule] = config.rules;
  expect(rule?.metrics).toMatchObject([{ name: 'queue_depth', kind: 'queue' }]);
  expect([isIdle(rule!, new Set(['redis'])), isIdle(rule!, new Set(['queue']))]).toEqual([true, false]);
});

test('its readings have a health metric, and a panel shows them', async () => {
  const config = await load('targets:\n  - { name: jobs, kind: queue, depth: 7 }\n');
  if ('faults' in config) throw new Error(config.faults.map(formatFault).join());
  const { session } = await openTarget(config.targets[0] as Target);
  const reading = await session.poll(new AbortController().signal);
  expect(reading.samples.map(({ metric }) => metric)).toContain('queue_up');
  const view = {
    name: 'jobs',
    kind: 'queue',
    intervalMs: 1000,
    reading,
    lastGood: reading,
    ageMs: 100,
    history: (_: string, points: number) => Array.from<null>({ length: points }).fill(null),
    rate: () => null,
  };
  const shown = PANELS.slotted
    .flatMap((panel) => panel.render(model({ targets: [view as never] }), { cols: 100, rows: 30 }))
    .map((line) => line.map(({ text }) => text).join(''));
  expect(shown.filter((line) => line.includes('jobs'))).toHaveLength(1);
  expect(shown.join('\n')).toMatch(/queue_depth\s+7/);
});
