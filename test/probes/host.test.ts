/** This machine, and machines that are not here by their files. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OtherHost } from '../../src/probes/host/host.ts';
import { LinuxHost } from '../../src/probes/host/linux-host.ts';
import * as proc from '../../src/probes/host/procfs.ts';
import { parseStat, ProcessInspection } from '../../src/probes/host/processes.ts';
import type { Sample } from '../../src/protocol/reading.ts';
import { open, value } from './ask.ts';

let root: string;
beforeAll(async () => (root = await mkdtemp(path.join(os.tmpdir(), 'warroom-host-'))));
afterAll(() => rm(root, { recursive: true }));

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(root, file)), { recursive: true });
  await writeFile(path.join(root, file), text);
}
async function read(host: { read(): Promise<readonly Sample[]> }) {
  const samples = await host.read();
  return (metric: string, labels: Record<string, string> = {}) => value({ samples } as never, metric, labels);
}

test('this machine has memory, CPUs and a disk; CPU use needs two looks', async () => {
  const session = await open('host', {});
  const [first, second] = [
    await session.poll(new AbortController().signal),
    await session.poll(new AbortController().signal),
  ];
  expect(first.up).toBe(true);
  expect(value(first, 'host_memory_used_ratio')).toBeGreaterThan(0);
  expect(value(first, 'host_memory_used_ratio')).toBeLessThan(1);
  expect(value(first, 'host_cpus')).toBe(os.cpus().length);
  expect(value(first, 'host_disk_used_ratio')).toBeGreaterThan(0);
  expect(second.facts['name']).toBe(os.hostname());
});

test('a container: CPU share between two looks, limits of its cgroup, pressure', async () => {
  const host = new LinuxHost(root);
  await write('proc/stat', 'cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1\ncpu1 1\nbtime 1700000000\n');
  await write('proc/meminfo', 'MemTotal: 1000 kB\nMemAvailable: 250 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n');
  await write(
    'proc/pressure/memory',
    'some avg10=12.50 avg60=1 avg300=0 total=9\nfull avg10=3.00 avg60=0 avg300=0 total=1\n',
  );
  await write('sys/fs/cgroup/memory.current', '900\n');
  await write('sys/fs/cgroup/memory.max', '1000\n');
  await write('sys/fs/cgroup/cpu.max', '150000 100000\n');
  await write('sys/fs/cgroup/cpu.stat', 'usage_usec 5\nthrottled_usec 2500000\n');
  const first = await read(host);
  expect(first('host_cpu_busy_ratio')).toBeUndefined();
  expect(first('host_memory_used_ratio')).toBe(0.75);
  expect(first('host_swap_used_ratio')).toBeUndefined();
  expect(first('host_pressure_avg10', { resource: 'memory', share: 'full' })).toBe(3);
  expect(first('host_pressure_avg10', { resource: 'io' })).toBeUndefined();
  expect(first('host_cgroup_memory_ratio')).toBe(0.9);
  expect(first('host_cgroup_cpus')).toBe(1.5);
  expect(first('host_cgroup_cpu_throttled_seconds')).toBe(2.5);
  expect(first('host_load1')).toBeUndefined();

  await write('proc/stat', 'cpu  150 0 110 720 110 0 0 10 0 0\ncpu0 1\ncpu1 1\n');
  await write('sys/fs/cgroup/cpu.stat', 'usage_usec 100005\nthrottled_usec 2500000\n');
  const second = await read(host);
  expect(first('host_cgroup_cpu_ratio')).toBeUndefined();
  expect(second('host_cgroup_cpu_ratio')).toBeGreaterThan(0);
  expect(second('host_cpu_busy_ratio')).toBeCloseTo(0.7);
  expect(second('host_cpu_iowait_ratio')).toBeCloseTo(0.1);
  expect(second('host_cpu_steal_ratio')).toBeCloseTo(0.1);
});

test.skipIf(process.platform !== 'linux')('a closer look: who is busy, who is big', async () => {
  const look = new ProcessInspection(100_000);
  expect(await look.slice()).toMatchObject({ isDone: false, rows: {} });
  const until = performance.now() + 300;
  while (performance.now() < until);
  const found = await look.slice();
  expect(found).toMatchObject({ failure: null, isDone: true, seen: expect.stringMatching(/^all \d+ processes$/) });
  const own = found.rows['busiest']?.find(({ pid }) => pid === process.pid);
  expect(own?.['cpu']).toBeGreaterThan(0);
  const bytes = Number(own?.['bytes']);
  expect(bytes / process.memoryUsage.rss()).toBeCloseTo(1, 0);
});

test('a process may be called anything', () => {
  const fields = 'S 1 1 1 0 -1 0 0 0 0 0 150 50 0 0 20 0 1 0 777 1000 42 0';
  expect(parseStat(`31 (a) b (c) ${fields}\n`)).toEqual({
    pid: 31,
    name: 'a) b (c',
    started: 777,
    cpuMs: 2000,
    pages: 42,
  });
  expect(parseStat('')).toBeNull();
});

test('no limit is no number', async () => {
  await write('sys/fs/cgroup/memory.max', 'max\n');
  await write('sys/fs/cgroup/cpu.max', 'max 100000\n');
  const found = await read(new LinuxHost(root));
  expect(found('host_cgroup_memory_bytes')).toBe(900);
  expect(found('host_cgroup_memory_ratio')).toBeUndefined();
  expect(found('host_cgroup_cpus')).toBeUndefined();
});

test('whole disks, real interfaces, disk file systems', () => {
  const disks =
    ' 8 0 sda 1 0 0 0 0 0 0 0 0 420 0\n 8 1 sda1 1 0 0 0 0 0 0 0 0 420 0\n 259 0 nvme0n1 1 0 0 0 0 0 0 0 0 7 0\n';
  expect([...proc.parseDiskstats(disks)]).toEqual([
    ['sda', 420],
    ['nvme0n1', 7],
  ]);
  const net = 'Inter-|\n face |\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0:10 2 3 0 0 0 0 0 20 2 4 0 0 0 0 0\n';
  expect([...proc.parseNetDev(net)]).toEqual([['eth0', { receivedBytes: 10, sentBytes: 20, packets: 4, errors: 7 }]]);
  const mounts =
    '/dev/sda1 / ext4 rw 0 0\n/dev/sda1 /again ext4 rw 0 0\nnas:/x /mnt/nas nfs4 rw 0 0\n/dev/sdb /a\\040b xfs rw 0 0\n';
  expect(proc.parseMounts(mounts)).toEqual(['/', '/a b']);
});

test('where there is no /proc', async () => {
  const found = await read(new OtherHost());
  expect(found('host_memory_used_ratio')).toBeGreaterThan(0);
  expect(found('host_cpu_busy_ratio')).toBeGreaterThan(0);
  expect(found('host_cpus')).toBe(os.cpus().length);
});
