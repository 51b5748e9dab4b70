/** Reads the text of Linux' /proc and cgroup files. Pure: text in, numbers out. */

/** Jiffies of one CPU line of /proc/stat, all CPUs together. */
export interface CpuTimes {
  readonly idle: number;
  readonly iowait: number;
  readonly steal: number;
  readonly total: number;
}

export function parseCpu(stat: string): CpuTimes | null {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(/ +/).map(Number);
  if (fields === undefined || fields.length < 8) return null;
  // The last two (guest times) are counted in the first two already.
  const [, , , idle = 0, iowait = 0, , , steal = 0] = fields;
  return { idle, iowait, steal, total: fields.slice(0, 8).reduce((sum, value) => sum + value, 0) };
}

export const cpuCount = (stat: string): number => stat.match(/^cpu\d+ /gm)?.length ?? 0;

/** Seconds since 1970 when the machine started. */
export const bootTime = (stat: string): number | null => numberAfter(stat, /^btime (\d+)$/m);

/** `name: n kB` lines in bytes. */
export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const entries = text.matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return new Map([...entries].map(([, name = '', kb]) => [name, Number(kb) * 1024]));
}

/** The shares of time something waited, percent over 10 s: `some` of the tasks, or all of them (`full`). */
export function parsePressure(text: string): { readonly some: number | null; readonly full: number | null } {
  return { some: numberAfter(text, /^some avg10=([\d.]+)/m), full: numberAfter(text, /^full avg10=([\d.]+)/m) };
}

interface NetTotals {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly packets: number;
  readonly errors: number;
}

/** By interface; loopback is left out. */
export function parseNetDev(text: string): ReadonlyMap<string, NetTotals> {
  const devices = new Map<string, NetTotals>();
  for (const line of text.split('\n')) {
    const [name, rest] = line.split(':');
    if (rest === undefined || name === undefined || name.trim() === 'lo') continue;
    const fields = rest.trim().split(/\s+/).map(Number);
    const [received = 0, packetsIn = 0, errorsIn = 0] = fields;
    const [sent = 0, packetsOut = 0, errorsOut = 0] = fields.slice(8);
    devices.set(name.trim(), {
      receivedBytes: received,
      sentBytes: sent,
      packets: packetsIn + packetsOut,
      errors: errorsIn + errorsOut,
    });
  }
  return devices;
}

/** Milliseconds each whole disk was busy since start; partitions, loop and ram devices are left out. */
export function parseDiskstats(text: string): ReadonlyMap<string, number> {
  const disks = new Map<string, number>();
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const name = fields[2];
    if (name === undefined || !/^(?:[hsv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/.test(name)) continue;
    disks.set(name, Number(fields[12]));
  }
  return disks;
}

export interface Mount {
  readonly device: string;
  readonly dir: string;
}

/** File systems on disks, each device once. Network and virtual ones are left out: asking a dead server hangs. */
export function parseMounts(text: string): readonly Mount[] {
  const mounts = new Map<string, Mount>();
  for (const line of text.split('\n')) {
    const [device = '', dir = '', type = ''] = line.split(' ').map(unescapeMount);
    if (!DISK_FILE_SYSTEMS.has(type) || mounts.has(device) || dir === '') continue;
    mounts.set(device, { device, dir });
  }
  return [...mounts.values()];
}
const DISK_FILE_SYSTEMS = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'overlay', 'vfat', 'apfs']);
/** A space in a path is written `\040`. */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** A number of a `name value` file such as vmstat or cgroup's cpu.stat. */
export const fieldOf = (text: string, name: string): number | null =>
  numberAfter(text, new RegExp(`^${name} (\\d+)$`, 'm'));

/** `max` is no limit. */
export function parseLimit(text: string): number | null {
  const value = Number(text.trim());
  return text.trim() !== '' && Number.isFinite(value) ? value : null;
}

function numberAfter(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}
