/** The host: processor, memory, pressure, disks, load. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { type Line, cutLine, span } from '../src/terminal/text.ts';
import {
  type Measure,
  type MetricSpec,
  type Poll,
  extreme,
  gauge,
  perMinute,
  perSecond,
  ratio,
  seriesIn,
  seriesRate,
  valueIn,
} from './metric.ts';
import { bytes, count, percent, rate } from './numbers.ts';
import { type Column, type Section, barRow, cells, grid, numberColumn, table, textColumn } from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';

const PROCESSES: readonly Column<Row>[] = [
  numberColumn('cpu', percent),
  numberColumn('memory', bytes, 'bytes'),
  textColumn('pid'),
  textColumn('name'),
];

/** what an inspection found; else how to begin one. */
export function processSections(
  { reading: { facts, rows = {} }, now, target }: Poll,
  cols: number,
): readonly Section[] {
  const { sampled, sampled_at: at = '', inspects } = facts;
  if (sampled === undefined && inspects === undefined) return [];
  if (rows['busiest'] === undefined) {
    const words = `  /inspect ${target.name} shows ${inspects}`;
    return [{ title: 'processes', lines: [cutLine([span(words, 'dim')], cols)] }];
  }
  const when = `${age(Math.max(0, now - Date.parse(at)))} ago`;
  return [
    { title: `busiest processes, ${when}`, lines: table(PROCESSES, rows['busiest'], cols, 5) },
    { title: `biggest processes, ${when}`, lines: table(PROCESSES, rows['biggest'] ?? [], cols, 5) },
  ];
}

const tenths = (value: number): string => value.toFixed(1);

/** A value for each processor. */
const perCore = (metric: string): Measure => ratio(metric, 'host_cpus');
/** Pressure is given in percent. */
const stalled = (value: number): string => `${tenths(value)}%`;

/** The thresholds of WARN and CRIT. Use is 1 - what is available. */
const CPU: MetricSpec = {
  label: 'cpu',
  says: 'processor',
  of: gauge('host_cpu_busy_ratio'),
  as: percent,
  warn: 0.8,
  crit: 0.95,
  // A busy second is no trouble; the alert rules wait for minutes.
  held: { metric: 'host_cpu_busy_ratio', ms: 60_000 },
  hidden: true,
  main: true,
};
const MEMORY: MetricSpec = {
  label: 'mem',
  says: 'memory',
  of: gauge('host_memory_used_ratio'),
  as: percent,
  warn: 0.9,
  crit: 0.95,
  hidden: true,
  main: true,
};
const DISK: MetricSpec = {
  label: 'disk',
  says: 'fullest disk',
  of: extreme('host_disk_used_ratio'),
  as: percent,
  warn: 0.9,
  crit: 0.95,
  hidden: true,
};
/** Of a handful of packets a ratio says nothing. */
const PACKETS_LEAST = 600;
function netErrors(poll: Poll): ReturnType<Measure> {
  const [errors, packets] = [perMinute('host_network_errors')(poll), perMinute('host_network_packets')(poll)];
  if (errors === 'absent' || packets === 'absent') return 'absent';
  return errors === null || packets === null || packets < PACKETS_LEAST ? null : errors / packets;
}

const METRICS: readonly MetricSpec[] = [
  CPU,
  MEMORY,
  DISK,
  {
    label: 'cgroup',
    says: 'memory of the container',
    of: gauge('host_cgroup_memory_ratio'),
    as: percent,
    warn: 0.9,
    crit: 0.95,
  },
  {
    label: 'cgroup cpu',
    says: 'processors of the container',
    of: gauge('host_cgroup_cpu_ratio'),
    as: percent,
    warn: 0.8,
    crit: 0.95,
    held: { metric: 'host_cgroup_cpu_ratio', ms: 60_000 },
  },
  { label: 'throttled', of: perSecond('host_cgroup_cpu_throttled_seconds'), as: percent },
  { label: 'load', of: gauge('host_load1'), as: tenths },
  { label: 'per core', says: 'load per core', of: perCore('host_load1'), as: tenths, warn: 2 },
  { label: 'iowait', of: gauge('host_cpu_iowait_ratio'), as: percent },
  { label: 'steal', says: 'processor stolen', of: gauge('host_cpu_steal_ratio'), as: percent, warn: 0.1 },
  {
    label: 'mem stall',
    says: 'some stalled for memory',
    of: gauge('host_pressure_avg10', { resource: 'memory', share: 'some' }),
    as: stalled,
    warn: 10,
  },
  {
    label: 'all stall',
    says: 'all stalled for memory',
    of: gauge('host_pressure_avg10', { resource: 'memory', share: 'full' }),
    as: stalled,
    crit: 5,
    hidden: true,
  },
  { label: 'io stall', of: gauge('host_pressure_avg10', { resource: 'io', share: 'some' }), as: stalled },
  {
    label: 'inodes',
    says: 'inodes of the fullest disk',
    of: extreme('host_disk_inodes_used_ratio'),
    as: percent,
    warn: 0.9,
    crit: 0.95,
    hidden: true,
  },
  { label: 'disk busy', of: extreme('host_disk_busy_ratio'), as: percent, warn: 0.8 },
  { label: 'swap', of: gauge('host_swap_used_ratio'), as: percent },
  {
    label: 'oom/m',
    says: 'processes killed for memory per minute',
    of: perMinute('host_oom_kills'),
    as: rate,
    crit: 0,
  },
  { label: 'fds', says: 'open files', of: gauge('host_open_files_ratio'), as: percent, warn: 0.8 },
  { label: 'conntrack', of: gauge('host_conntrack_ratio'), as: percent, warn: 0.8 },
  { label: 'net errors', says: 'network errors per packet', of: netErrors, as: percent, warn: 0.01, hidden: true },
  { label: 'in/s', of: perSecond('host_network_received_bytes'), as: bytes },
  { label: 'out/s', of: perSecond('host_network_sent_bytes'), as: bytes },
  { label: 'hub cpu', of: gauge('warroom_self_cpu_ratio'), as: percent },
];

const usedRow = (
  spec: MetricSpec,
  share: number | null,
  poll: Poll,
  cols: number,
  ascii: boolean,
  more = '',
): Line[] => (share === null ? [] : [barRow(spec, poll, share, `${percent(share)}${more}`, cols, ascii)]);

/** One row for each file system, the fullest first: that one is the trouble. */
function disks(poll: Poll, cols: number, ascii: boolean): readonly Line[] {
  const all = seriesIn(poll.reading, 'host_disk_used_ratio', 'mount');
  const fullest = [...all].sort((a, b) => b[1] - a[1]);
  return fullest
    .slice(0, 4)
    .flatMap(([mount, share]) => usedRow({ ...DISK, of: () => share }, share, poll, cols, ascii, ` ${mount}`));
}

const memory = (poll: Poll): number | null => valueIn(poll.reading, 'host_memory_used_ratio');

/** A thing the host has several of, with the values of each. */
interface Part {
  readonly name: string;
  readonly values: readonly (number | null)[];
}
const part = (i: number, title: string, as: (value: number) => string): Column<Part> => ({
  title,
  right: true,
  of: ({ values }) => {
    const value = values[i];
    return value === null || value === undefined ? '-' : as(value);
  },
});
const MOUNTS: readonly Column<Part>[] = [
  part(0, 'used', percent),
  part(1, 'free', bytes),
  part(2, 'inodes', percent),
  { title: 'mounted at', of: ({ name }) => name },
];
const STALLS: readonly Column<Part>[] = [
  { title: 'waited for', of: ({ name }) => name },
  part(0, 'some', stalled),
  part(1, 'all', stalled),
];
const DEVICES: readonly Column<Part>[] = [
  part(0, 'in/s', bytes),
  part(1, 'out/s', bytes),
  part(2, 'errors/m', rate),
  { title: 'network device', of: ({ name }) => name },
];
const BUSY: readonly Column<Part>[] = [part(0, 'busy', percent), { title: 'disk', of: ({ name }) => name }];

const mounts = ({ reading }: Poll): readonly Part[] => {
  const free = new Map(seriesIn(reading, 'host_disk_available_bytes', 'mount'));
  const inodes = new Map(seriesIn(reading, 'host_disk_inodes_used_ratio', 'mount'));
  return seriesIn(reading, 'host_disk_used_ratio', 'mount')
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, used]) => ({ name, values: [used, free.get(name) ?? null, inodes.get(name) ?? null] }));
};

/** Time in which somebody, or everybody, waited for something, percent of the last 10 s. */
const stalls = ({ reading }: Poll): readonly Part[] =>
  ['cpu', 'memory', 'io'].flatMap((resource) => {
    const [some, full] = ['some', 'full'].map((share) => valueIn(reading, 'host_pressure_avg10', { resource, share }));
    return some === null || some === undefined ? [] : [{ name: resource, values: [some, full ?? null] }];
  });

/** Devices that carry something, the busiest first. */
const devices = (poll: Poll): readonly Part[] =>
  seriesIn(poll.reading, 'host_network_received_bytes', 'device')
    .map(([device]) => {
      const perSecond = (metric: string): number | null => seriesRate(poll, metric, { device });
      const errors = perSecond('host_network_errors');
      const values = [perSecond('host_network_received_bytes'), perSecond('host_network_sent_bytes')];
      return { name: device, values: [...values, errors === null ? null : errors * 60] };
    })
    .filter(({ values }) => values.some((value) => value === null || value > 0))
    .toSorted((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));

const sections = (poll: Poll, cols: number): readonly Section[] => [
  ...processSections(poll, cols),
  { title: 'pressure, the last 10 s', lines: table(STALLS, stalls(poll), cols) },
  { title: 'file systems', lines: table(MOUNTS, mounts(poll), cols, 8) },
  { title: 'network', lines: table(DEVICES, devices(poll), cols, 6) },
  {
    title: 'disks',
    lines: table(
      BUSY,
      seriesIn(poll.reading, 'host_disk_busy_ratio', 'device')
        .toSorted((a, b) => b[1] - a[1])
        .map(([name, busy]) => ({ name, values: [busy] })),
      cols,
      6,
    ),
  },
];

export const host = targetPanel({
  id: 'host',
  title: 'HOST',
  letter: 'O',
  order: 50,
  kind: 'host',
  noun: 'host',
  short: 'HOST',
  trends: [
    { label: 'cpu', says: 'processor', metric: 'host_cpu_busy_ratio', as: percent, max: 1 },
    { label: 'mem', says: 'memory', metric: 'host_memory_used_ratio', as: percent, max: 1 },
  ],
  trendAfter: null,
  metrics: METRICS,
  brief: (poll) => {
    const cpu = valueIn(poll.reading, 'host_cpu_busy_ratio');
    const mem = memory(poll);
    return [cpu === null ? '' : `cpu ${percent(cpu)}`, mem === null ? '' : `mem ${percent(mem)}`]
      .filter((words) => words !== '')
      .join(' ');
  },
  about: ({ reading: { facts, samples } }) => {
    const cores = samples.find(({ metric }) => metric === 'host_cpus')?.value;
    return factsLine([facts['name'], facts['system'], cores === undefined ? '' : `${count(cores)} cores`]);
  },
  columns: [
    { title: 'cpu', of: (poll) => said(poll, 'host_cpu_busy_ratio', percent) },
    { title: 'mem', of: (poll) => said(poll, 'host_memory_used_ratio', percent) },
    { title: 'load', of: (poll) => said(poll, 'host_load1', tenths) },
  ],
  body: (poll, cols, ascii) => [
    ...usedRow(CPU, valueIn(poll.reading, 'host_cpu_busy_ratio'), poll, cols, ascii),
    ...usedRow(MEMORY, memory(poll), poll, cols, ascii),
    ...disks(poll, cols, ascii).slice(0, 1),
    ...grid(cells(METRICS, poll), cols, ascii),
    ...disks(poll, cols, ascii).slice(1),
  ],
  sections,
});
