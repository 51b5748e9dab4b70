/** The host: processor, memory, pressure, disks, load. */
import { toneOf } from './condition.ts';
import { extreme, gauge, judge, perMinute, perSecond, ratio, seriesIn, valueIn } from './figure.ts';
import type { Figure, Look } from './figure.ts';
import { barRow, cells, grid } from './grid.ts';
import { bytes, count, percent, rate } from './numbers.ts';
import { systemPanel } from './system.ts';
import type { Line } from '../src/terminal/text.ts';

const tenths = (value: number): string => value.toFixed(1);

/** What is left of memory as a share; given as such, or from its two parts. */
const memoryLeft = (look: Look): number | 'absent' => {
  const direct = valueIn(look.reading, 'host_memory_available_ratio');
  if (direct !== null) return direct;
  const parts = ratio('host_memory_available_bytes', 'host_memory_total_bytes')(look);
  return parts ?? 'absent';
};
const left = (value: number): string => `${percent(value)} left`;

/** Limits of the research on probes, section A5. */
const CPU: Figure = {
  label: 'cpu',
  says: 'processor',
  of: gauge('host_cpu_busy_ratio'),
  as: percent,
  warn: 0.8,
  crit: 0.95,
  hidden: true,
};
const MEMORY: Figure = {
  label: 'mem',
  says: 'memory',
  of: memoryLeft,
  as: left,
  warn: 0.1,
  crit: 0.05,
  below: true,
  hidden: true,
};
const DISK: Figure = {
  label: 'disk',
  of: extreme('host_disk_available_ratio', 'min'),
  as: left,
  warn: 0.1,
  crit: 0.05,
  below: true,
  hidden: true,
};
const FIGURES: readonly Figure[] = [
  CPU,
  MEMORY,
  DISK,
  { label: 'steal', of: gauge('host_cpu_steal_ratio'), as: percent, warn: 0.1 },
  { label: 'load/core', says: 'load per core', of: gauge('host_load1_per_core'), as: tenths, warn: 2 },
  { label: 'load', of: gauge('host_load1'), as: tenths },
  {
    label: 'mem stall',
    says: 'memory pressure (some, 10 s)',
    of: gauge('host_pressure_ratio', { resource: 'memory', kind: 'some' }),
    as: percent,
    warn: 0.1,
  },
  {
    label: 'io stall',
    says: 'I/O pressure (some, 10 s)',
    of: gauge('host_pressure_ratio', { resource: 'io', kind: 'some' }),
    as: percent,
  },
  {
    label: 'oom/m',
    says: 'processes killed for memory per minute',
    of: perMinute('host_oom_kills'),
    as: rate,
    crit: 0,
  },
  { label: 'fds', says: 'open files', of: gauge('host_fd_used_ratio'), as: percent, warn: 0.8 },
  { label: 'conntrack', of: gauge('host_conntrack_used_ratio'), as: percent, warn: 0.8 },
  { label: 'in/s', of: perSecond('host_network_receive_bytes'), as: bytes },
  { label: 'out/s', of: perSecond('host_network_transmit_bytes'), as: bytes },
];

function usedRow(
  figure: Figure,
  used: number | null,
  label: string,
  look: Look,
  cols: number,
  ascii: boolean,
  more = '',
): Line[] {
  if (used === null) return [];
  const found = judge(figure, look);
  return [barRow(label, used, `${percent(used)}${more}`, found === null ? 'info' : toneOf(found.health), cols, ascii)];
}

const used = (share: number | null | 'absent'): number | null => (typeof share === 'number' ? 1 - share : null);

/** One row per file system, the fullest first: that one is the trouble. */
function disks(look: Look, cols: number, ascii: boolean): readonly Line[] {
  const all = seriesIn(look.reading, 'host_disk_available_ratio', 'mount');
  const fullest = [...all].sort((a, b) => a[1] - b[1]);
  return fullest
    .slice(0, 4)
    .flatMap(([mount, free], i) =>
      usedRow(i === 0 ? DISK : { ...DISK, of: () => free }, 1 - free, 'disk', look, cols, ascii, ` ${mount}`),
    );
}

export const host = systemPanel({
  id: 'host',
  title: 'HOST',
  letter: 'O',
  order: 50,
  kind: 'host',
  noun: 'host',
  short: 'HOST',
  figures: FIGURES,
  brief: (look) => {
    const cpu = valueIn(look.reading, 'host_cpu_busy_ratio');
    const memory = used(memoryLeft(look));
    return [cpu === null ? '' : `cpu ${percent(cpu)}`, memory === null ? '' : `mem ${percent(memory)}`]
      .filter((part) => part !== '')
      .join(' ');
  },
  about: ({ reading: { facts, samples } }) => {
    const cores = samples.find(({ metric }) => metric === 'host_cores')?.value;
    return [facts['host'] ?? facts['name'], facts['os'], cores === undefined ? '' : `${count(cores)} cores`]
      .filter((part) => part !== undefined && part !== '')
      .join(' · ');
  },
  body: (look, cols, ascii) => [
    ...usedRow(CPU, valueIn(look.reading, 'host_cpu_busy_ratio'), 'cpu', look, cols, ascii),
    ...usedRow(MEMORY, used(memoryLeft(look)), 'mem', look, cols, ascii),
    ...disks(look, cols, ascii).slice(0, 1),
    ...grid(cells(FIGURES, look), cols, ascii),
    ...disks(look, cols, ascii).slice(1),
  ],
});
