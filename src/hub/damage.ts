/** Records that are damaged: which of them a hub may go on without, and what to say of the others. */
import { readFileSync } from 'node:fs';
import { isEnded } from '../incident/incident.ts';
import { salvage } from '../log/salvage.ts';
import { checksumHolds, parseHeader } from '../log/record.ts';

/** A record that cannot be served, and the words for where and why. */
export interface Damaged {
  readonly incident: string;
  readonly reason: string;
}

/**
 * Can the hub go on without it? Of an incident that is over nobody needs more tonight than that it is told. One that is
 * open, or may be, keeps the hub down until somebody has decided: consoles hold entries for it, which a hub that does
 * not have it would refuse.
 */
export function isDispensable(dataDir: string, incident: string, others: ReadonlySet<string>): boolean {
  const dir = `${dataDir}/incidents/${incident}`;
  try {
    const owner = ownerOf(dir);
    if (owner !== null && owner !== incident && others.has(owner)) return true;
    let ended = false;
    for (const event of salvage(incident, dir)) {
      // What cannot be read may have opened it again.
      if (event === null) ended = false;
      else if (event.kind === 'status_set') ended = isEnded({ status: event.data.to });
    }
    return ended;
  } catch {
    return false;
  }
}

/** Whose record it says it is: a copy that somebody put beside the original has another folder's name. */
function ownerOf(dir: string): string | null {
  const bytes = readFileSync(`${dir}/000001.log`);
  const line = bytes.subarray(0, Math.max(0, bytes.indexOf(10)));
  return checksumHolds(line) ? (parseHeader(line)?.incident ?? null) : null;
}

/** Why the hub does not start, and the ways on; each is safe: nothing is changed, and what is moved can be moved back. */
export function cannotStart(dataDir: string, damaged: readonly Damaged[]): string {
  const [one] = damaged;
  const many = damaged.length > 1;
  return [
    many
      ? `the records of ${damaged.length} incidents that may still be open are damaged:`
      : `the record of ${one?.incident ?? ''} is damaged, and the incident may still be open:`,
    ...damaged.map(({ reason }) => `  ${reason}`),
    `Nothing was changed. Put the ${many ? 'folders' : 'folder'} back from a copy, or go on without ${many ? 'them' : 'it'} and declare anew:`,
    `  mkdir -p ${quoted(`${dataDir}/damaged`)}`,
    ...damaged.map(
      ({ incident }) => `  mv ${quoted(`${dataDir}/incidents/${incident}`)} ${quoted(`${dataDir}/damaged/`)}`,
    ),
    `What is moved there stays as it is, "warroom verify ${dataDir}/damaged" reads it there, and it can be moved back.`,
  ].join('\n');
}

/** For a POSIX shell. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
