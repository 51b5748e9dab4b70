/** The host: processor, memory, pressure, disks, load. */
import { age } from '../src/incident/time.ts';
import type { Row } from '../src/protocol/reading.ts';
import { type Line, cutLine, span } from '../src/terminal/text.ts';
import {
  type Measure,
  type Observation,
  extreme,
  gauge,
  perMinute,
  perSecond,
  ratio,
  seriesIn,
  seriesRate,
  valueIn,
} from './measure.ts';
import { type Poll, type MetricSpec, critOver, held, HIDDEN, MAIN, metric, over } from './metric.ts';
import { bytes, countText, percent, rate } from './numbers.ts';
import {
  type Column,
  type Section,
  barRow,
  tableCells,
  columnsOf,
  grid,
  numberColumn,
  orDash,
  right,
  table,
  textColumn,
} from './table.ts';
import { factsLine, said } from './target-kind.ts';
import { targetPanel } from './target-panel.ts';

const PROCESSES: readonly Column<Row>[] = [
  numberColumn('cpu', percent),
  numberColumn('memory', bytes, 'bytes'),
  textColumn('pid'),
  textColumn('name'),
];

/** what an inspection found; else how to begin one. */
function processSections({ reading: { facts, rows = {} }, now, target }: Poll, cols: number): readonly Section[] {
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
const pressure = (resource: string, share: 'some' | 'full'): Measure =>
  gauge('host_pressure_avg10', { resource, share });
const stalled = (value: number): string => `${tenths(value)}%`;

/** The thresholds of WARN and CRIT. Use is 1 - what is available. */
const CPU: MetricSpec = // A busy second is no trouble; the alert rules wait for minutes.
  metric('cpu', 'host_cpu_busy_ratio', percent, 'processor', over(0.8, 0.95), held(60_000), MAIN);
const MEMORY = metric('mem', 'host_memory_used_ratio', percent, 'memory', over(0.9, 0.95), MAIN);
const DISK = metric('disk', extreme('host_disk_used_ratio'), percent, 'fullest disk', over(0.9, 0.95), HIDDEN);
/** Of a handful of packets a ratio says nothing. */
const PACKETS_LEAST = 600;
function netErrors(poll: Observation): ReturnType<Measure> {
  const [errors, packets] = [perMinute('host_network_errors')(poll), perMinute('host_network_packets')(poll)];
  if (errors === 'absent' || packets === 'absent') return 'absent';
  return errors === null || packets === null || packets < PACKETS_LEAST ? null : errors / packets;
}

const METRICS: readonly MetricSpec[] = [
  CPU,
  MEMORY,
  DISK,
  metric('cgroup', 'host_cgroup_memory_ratio', percent, 'memory of the container', over(0.9, 0.95)),
  metric('cgroup cpu', 'host_cgroup_cpu_ratio', percent, 'processors of the container', over(0.8, 0.95), held(60_000)),
  metric('throttled', perSecond('host_cgroup_cpu_throttled_seconds'), percent),
  metric('load', 'host_load1', tenths),
  metric('per core', perCore('host_load1'), tenths, 'load per core', over(2)),
  metric('iowait', 'host_cpu_iowait_ratio', percent),
  metric('steal', 'host_cpu_steal_ratio', percent, 'processor stolen', over(0.1)),
  metric('mem stall', pressure('memory', 'some'), stalled, 'some stalled for memory', over(10)),
  metric('all stall', pressure('memory', 'full'), stalled, 'all stalled for memory', critOver(5), HIDDEN),
  metric('io stall', pressure('io', 'some'), stalled),
  metric(
    'inodes',
    extreme('host_disk_inodes_used_ratio'),
    percent,
    'inodes of the fullest disk',
    over(0.9, 0.95),
    HIDDEN,
  ),
  metric('disk busy', extreme('host_disk_busy_ratio'), percent, over(0.8)),
  metric('swap', 'host_swap_used_ratio', percent),
  metric('oom/m', perMinute('host_oom_kills'), rate, 'processes killed for memory per minute', critOver(0)),
  metric('fds', 'host_open_files_ratio', percent, 'open files', over(0.8)),
  metric('conntrack', 'host_conntrack_ratio', percent, over(0.8)),
  metric('net errors', netErrors, percent, 'network errors per packet', over(0.01), HIDDEN),
  metric('in/s', perSecond('host_network_received_bytes'), bytes),
  metric('out/s', perSecond('host_network_sent_bytes'), bytes),
  metric('hub cpu', 'warroom_self_cpu_ratio', percent),
];

/** A bar, where the host tells the share. */
function usedRow(spec: MetricSpec, poll: Poll, cols: number, ascii: boolean, more = ''): readonly Line[] {
  const share = spec.of(poll);
  return typeof share === 'number' ? [barRow(spec, poll, `${percent(share)}${more}`, cols, ascii)] : [];
}

/** One row for each file system, the fullest first: that one is the trouble. */
function disks(poll: Poll, cols: number, ascii: boolean): readonly Line[] {
  return highestFirst(poll, 'host_disk_used_ratio', 'mount')
    .slice(0, 4)
    .flatMap(([mount, share]) => usedRow({ ...DISK, of: () => share }, poll, cols, ascii, ` ${mount}`));
}

const highestFirst = ({ reading }: Poll, metric: string, label: string): ReturnType<typeof seriesIn> =>
  seriesIn(reading, metric, label).toSorted((a, b) => b[1] - a[1]);

type Cells = readonly string[];
const MOUNTS = columnsOf(right('used'), right('free'), right('inodes'), 'mounted at');
const STALLS = columnsOf('waited for', right('some'), right('all'));
const DEVICES = columnsOf(right('in/s'), right('out/s'), right('errors/m'), 'network device');
const BUSY = columnsOf(right('busy'), 'disk');

function mounts(poll: Poll): readonly Cells[] {
  const free = new Map(seriesIn(poll.reading, 'host_disk_available_bytes', 'mount'));
  const inodes = new Map(seriesIn(poll.reading, 'host_disk_inodes_used_ratio', 'mount'));
  return highestFirst(poll, 'host_disk_used_ratio', 'mount').map(([name, used]) => [
    percent(used),
    orDash(free.get(name), bytes),
    orDash(inodes.get(name), percent),
    name,
  ]);
}

/** Time in which somebody, or everybody, waited for something, percent of the last 10 s. */
const stalls = ({ reading }: Poll): readonly Cells[] =>
  ['cpu', 'memory', 'io'].flatMap((resource) => {
    const share = (of: string): number | null => valueIn(reading, 'host_pressure_avg10', { resource, share: of });
    const some = share('some');
    return some === null ? [] : [[resource, stalled(some), orDash(share('full'), stalled)]];
  });

/** Devices that carry something, the busiest first. */
const devices = (poll: Poll): readonly Cells[] =>
  seriesIn(poll.reading, 'host_network_received_bytes', 'device')
    .map(([device]) => {
      const perSecond = (direction: string): number | null => seriesRate(poll, `host_network_${direction}`, { device });
      const [received, sent, errors] = [perSecond('received_bytes'), perSecond('sent_bytes'), perSecond('errors')];
      return { device, received, sent, errors };
    })
    .filter(({ received, sent, errors }) => [received, sent, errors].some((value) => value === null || value > 0))
    .toSorted((a, b) => (b.received ?? 0) - (a.received ?? 0))
    .map(({ device, received, sent, errors }) => [
      orDash(received, bytes),
      orDash(sent, bytes),
      orDash(errors, (value) => rate(value * 60)),
      device,
    ]);

function sections(poll: Poll, cols: number): readonly Section[] {
  const busy = highestFirst(poll, 'host_disk_busy_ratio', 'device').map(([name, share]) => [percent(share), name]);
  return [
    ...processSections(poll, cols),
    { title: 'pressure, the last 10 s', lines: table(STALLS, stalls(poll), cols) },
    { title: 'file systems', lines: table(MOUNTS, mounts(poll), cols, 8) },
    { title: 'network', lines: table(DEVICES, devices(poll), cols, 6) },
    { title: 'disks', lines: table(BUSY, busy, cols, 6) },
  ];
}

export const hostPanel = targetPanel({
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
  brief: (poll) =>
    [
      said(poll, 'host_cpu_busy_ratio', (share) => `cpu ${percent(share)}`),
      said(poll, 'host_memory_used_ratio', (share) => `mem ${percent(share)}`),
    ]
      .filter((words) => words !== '')
      .join(' '),
  about: (poll) => {
    const { facts } = poll.reading;
    return factsLine([facts['name'], facts['system'], said(poll, 'host_cpus', (cores) => `${countText(cores)} cores`)]);
  },
  columns: [
    { title: 'cpu', of: (poll) => said(poll, 'host_cpu_busy_ratio', percent) },
    { title: 'mem', of: (poll) => said(poll, 'host_memory_used_ratio', percent) },
    { title: 'load', of: (poll) => said(poll, 'host_load1', tenths) },
  ],
  body: (poll, cols, ascii) => [
    ...usedRow(CPU, poll, cols, ascii),
    ...usedRow(MEMORY, poll, cols, ascii),
    ...disks(poll, cols, ascii).slice(0, 1),
    ...grid(tableCells(poll), cols, ascii),
    ...disks(poll, cols, ascii).slice(1),
  ],
  sections,
});
