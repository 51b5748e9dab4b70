/** Reads and parses Linux' /proc and cgroup files. */
import { readFileSync } from 'node:fs';

/** The text of a file; empty when it is missing. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Jiffies of all CPUs together. */
export function parseCpu(stat: string) {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(/ +/).map(Number);
  if (fields === undefined || fields.length < 8) return null;
  // The last two fields (guest times) are part of the first two.
  const [, , , idle = 0, iowait = 0, , , steal = 0] = fields;
  return { idle, iowait, steal, total: fields.slice(0, 8).reduce((sum, value) => sum + value, 0) };
}

export const cpuCount = (stat: string): number => stat.match(/^cpu\d+ /gm)?.length ?? 0;

export const bootTime = (stat: string): number | null => numberAfter(stat, /^btime (\d+)$/m);

export function parseMeminfo(text: string): ReadonlyMap<string, number> {
  const entries = text.matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return new Map([...entries].map(([, name = '', kb]) => [name, Number(kb) * 1024]));
}

/** Percent of the last 10 s in which some of the tasks, or all of them (`full`), waited. */
export function parsePressure(text: string): { readonly some: number | null; readonly full: number | null } {
  return { some: numberAfter(text, /^some avg10=([\d.]+)/m), full: numberAfter(text, /^full avg10=([\d.]+)/m) };
}

/** Totals since the start, by interface; loopback is left out. */
export function parseNetDev(text: string) {
  const lines = text.split('\n').map((line) => line.trim().split(/:\s*/));
  const devices = lines.filter(([name, rest]) => rest !== undefined && name !== 'lo');
  return new Map(
    devices.map(([name = '', rest = '']) => {
      const fields = rest.split(/\s+/).map(Number);
      const [receivedBytes = 0, packetsIn = 0, errorsIn = 0] = fields;
      const [sentBytes = 0, packetsOut = 0, errorsOut = 0] = fields.slice(8);
      return [name, { receivedBytes, sentBytes, packets: packetsIn + packetsOut, errors: errorsIn + errorsOut }];
    }),
  );
}

const WHOLE_DISK = /^(?:[hsv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/;

/** Milliseconds each whole disk was busy since the start; partitions, loop and ram devices are left out. */
export function parseDiskstats(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const disks = lines.filter(([, , name = '']) => WHOLE_DISK.test(name));
  return new Map(disks.map((fields) => [fields[2] ?? '', Number(fields[12])]));
}

/** Directories of file systems on disks, one per device. Others are left out: a network one whose server is down hangs. */
export function parseMounts(text: string): readonly string[] {
  const dirs = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [device = '', dir = '', type = ''] = line.split(' ').map(unescapeMount);
    if (DISK_FILE_SYSTEMS.has(type) && !dirs.has(device) && dir !== '') dirs.set(device, dir);
  }
  return [...dirs.values()];
}
const DISK_FILE_SYSTEMS = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'overlay', 'vfat', 'apfs']);
/** A space in a path is written `\040`. */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** A number of a file of `name value` lines, such as vmstat or cpu.stat. */
export const fieldOf = (text: string, name: string): number | null =>
  numberAfter(text, new RegExp(`^${name} (\\d+)$`, 'm'));

/** The number a file consists of; null for none, or for `max`. */
export function parseLimit(text: string): number | null {
  const value = Number(text.trim());
  return text.trim() !== '' && Number.isFinite(value) ? value : null;
}

function numberAfter(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? null : Number(found);
}

const ESTABLISHED = '01';

/** Lines of a TCP table whose own port is `port` and whose connection is open. */
export function countEstablished(table: string, port: number): number {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  // "  0: 0100007F:1538 0100007F:A1B2 01 …": number, own address, peer, state.
  const lines = table.split('\n').map((line) => line.trimStart().split(/\s+/, 4));
  return lines.filter(([, address = '', , state]) => state === ESTABLISHED && address.endsWith(own)).length;
}
