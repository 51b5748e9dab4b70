/** The host: processor, memory, pressure, disks, load. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import type { Line } from '../src/terminal/text.ts';
import { indented, joinWords } from './lines.ts';
import { extreme, gauge, highestFirst, perMinute, perSecond, portion, ratio, said, seriesRate } from './measure.ts';
import { HIDDEN, MAIN, type MetricSpec, type Poll, held, metric, over } from './metric.ts';
import { bytes, countText, percent, rate, tenths } from './numbers.ts';
import { type Section, barRow, columns, metricGrid, seriesRows, table } from './table.ts';
import { targetPanel } from './target-panel.ts';

const stalled = (value: number): string => `${tenths(value)}%`;
/** Percent of the last 10 s in which some or all processes waited for a resource. */
const pressure = (resource: string, share: 'some' | 'full') => gauge('host_pressure_avg10', { resource, share });

const NET_ERRORS = portion(perMinute('host_network_errors'), perMinute('host_network_packets'), 600);

const CPU = metric('cpu', 'host_cpu_busy_ratio', 'processor', over(0.8, 0.95), held(60_000), MAIN);
const MEMORY = metric('mem', 'host_memory_used_ratio', 'memory', over(0.9, 0.95), MAIN);
const DISK = metric('disk', extreme('host_disk_used_ratio'), 'fullest disk', over(0.9, 0.95), HIDDEN);
const METRICS: readonly MetricSpec[] = [
  CPU,
  MEMORY,
  DISK,
  metric('cgroup', 'host_cgroup_memory_ratio', 'memory of the container', over(0.9, 0.95)),
  metric('cgroup cpu', 'host_cgroup_cpu_ratio', 'processors of the container', over(0.8, 0.95), held(60_000)),
  metric('throttled', perSecond('host_cgroup_cpu_throttled_seconds'), percent),
  metric('load', 'host_load1', tenths),
  metric('per core', ratio('host_load1', 'host_cpus'), tenths, 'load per core', over(2)),
  metric('iowait', 'host_cpu_iowait_ratio'),
  metric('steal', 'host_cpu_steal_ratio', 'processor stolen', over(0.1)),
  metric('mem stall', pressure('memory', 'some'), stalled, 'some stalled for memory', over(10)),
  metric('all stall', pressure('memory', 'full'), stalled, 'all stalled for memory', over(undefined, 5), HIDDEN),
  metric('io stall', pressure('io', 'some'), stalled),
  metric('inodes', extreme('host_disk_inodes_used_ratio'), 'inodes of the fullest disk', over(0.9, 0.95), HIDDEN),
  metric('disk busy', extreme('host_disk_busy_ratio'), over(0.8)),
  metric('swap', 'host_swap_used_ratio'),
  metric('oom/m', perMinute('host_oom_kills'), 'processes killed for memory per minute', over(undefined, 0)),
  metric('fds', 'host_open_files_ratio', 'open files', over(0.8)),
  metric('conntrack', 'host_conntrack_ratio', over(0.8)),
  metric('net errors', NET_ERRORS, 'network errors per packet', over(0.01), HIDDEN),
  metric('in/s', perSecond('host_network_received_bytes')),
  metric('out/s', perSecond('host_network_sent_bytes')),
  metric('hub cpu', 'warroom_self_cpu_ratio'),
];

/** A bar, where the host tells the share. */
function usedRow(spec: MetricSpec, poll: Poll, cols: number, ascii: boolean, more = ''): readonly Line[] {
  const share = spec.of(poll);
  return typeof share === 'number' ? [barRow(spec, poll, `${percent(share)}${more}`, cols, ascii)] : [];
}

function body(poll: Poll, cols: number, ascii: boolean): readonly Line[] {
  const [fullest = [], ...others] = highestFirst(poll.reading, 'host_disk_used_ratio', 'mount')
    .slice(0, 4)
    .map(([mount, share]) => usedRow({ ...DISK, of: () => share }, poll, cols, ascii, ` ${mount}`));
  return [
    ...usedRow(CPU, poll, cols, ascii),
    ...usedRow(MEMORY, poll, cols, ascii),
    ...fullest,
    ...metricGrid(poll, cols, ascii),
    ...others.flat(),
  ];
}

const PROCESSES = columns(['cpu', percent], ['memory', 'bytes', bytes], 'pid', 'name');
const STALLS = columns(['waited for', 'resource'], ['some', stalled], ['all', 'full', stalled]);
const MOUNTS = columns(['used', percent], ['free', bytes], ['inodes', percent], ['mounted at', 'mount']);
const BUSY = columns(['busy', percent], ['disk', 'device']);
const DEVICES = columns(['in/s', bytes], ['out/s', bytes], ['errors/m', rate], ['network device', 'device']);

/** What an inspection found; else how to begin one. */
function processSections({ reading: { facts, rows = {} }, now, target }: Poll, cols: number): readonly Section[] {
  const { sampled, sampled_at: at = '', inspects } = facts;
  if (sampled === undefined && inspects === undefined) return [];
  if (rows['busiest'] === undefined)
    return [{ title: 'processes', lines: [indented(`/inspect ${target.name} shows ${inspects}`, cols, 'dim')] }];
  const when = `${age(now - Date.parse(at))} ago`;
  return [
    { title: `busiest processes, ${when}`, lines: table(PROCESSES, rows['busiest'], cols, 5) },
    { title: `biggest processes, ${when}`, lines: table(PROCESSES, rows['biggest'] ?? [], cols, 5) },
  ];
}

function stalls(poll: Poll): readonly Row[] {
  const share = (resource: string, of: 'some' | 'full') => {
    const value = pressure(resource, of)(poll);
    return value === 'absent' ? null : value;
  };
  return ['cpu', 'memory', 'io']
    .map((resource) => ({ resource, some: share(resource, 'some'), full: share(resource, 'full') }))
    .filter(({ some }) => some !== null);
}

/** The network devices that carry something, the busiest first. */
const devices = (poll: Poll): readonly Row[] =>
  highestFirst(poll.reading, 'host_network_received_bytes', 'device')
    .map(([device]) => {
      const perSecond = (direction: string) => seriesRate(poll, `host_network_${direction}`, { device });
      const [received, sent, errors] = [perSecond('received_bytes'), perSecond('sent_bytes'), perSecond('errors')];
      return { device, 'in/s': received, 'out/s': sent, 'errors/m': errors === null ? null : errors * 60 };
    })
    .filter((row) => Object.values(row).some((value) => value === null || (typeof value === 'number' && value > 0)))
    .toSorted((a, b) => (b['in/s'] ?? 0) - (a['in/s'] ?? 0));

function sections(poll: Poll, cols: number): readonly Section[] {
  const mounts = seriesRows(poll, 'mount', {
    used: 'host_disk_used_ratio',
    free: 'host_disk_available_bytes',
    inodes: 'host_disk_inodes_used_ratio',
  });
  const busy = seriesRows(poll, 'device', { busy: 'host_disk_busy_ratio' });
  return [
    ...processSections(poll, cols),
    { title: 'pressure, the last 10 s', lines: table(STALLS, stalls(poll), cols) },
    { title: 'file systems', lines: table(MOUNTS, mounts, cols, 8) },
    { title: 'network', lines: table(DEVICES, devices(poll), cols, 6) },
    { title: 'disks', lines: table(BUSY, busy, cols, 6) },
  ];
}

export const hostPanel = targetPanel({
  id: 'host',
  title: 'HOST',
  letter: 'O',
  kind: 'host',
  noun: 'host',
  short: 'HOST',
  trends: [
    { label: 'cpu', says: 'processor', metric: 'host_cpu_busy_ratio', as: percent, max: 1 },
    { label: 'mem', says: 'memory', metric: 'host_memory_used_ratio', as: percent, max: 1 },
  ],
  trendAfter: null,
  metrics: METRICS,
  brief: (poll) =>
    joinWords([
      said(poll, 'host_cpu_busy_ratio', (share) => `cpu ${percent(share)}`),
      said(poll, 'host_memory_used_ratio', (share) => `mem ${percent(share)}`),
    ]),
  about: (poll) => {
    const { name, system } = poll.reading.facts;
    return joinWords([name, system, said(poll, 'host_cpus', (cores) => `${countText(cores)} cores`)], ' · ');
  },
  columns: {
    cpu: 'host_cpu_busy_ratio',
    mem: 'host_memory_used_ratio',
    load: (poll) => said(poll, 'host_load1', tenths),
  },
  body,
  sections,
});
