/** `warroom verify`: whether a record, or the export of one, was altered; needs no hub. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { counted, errorMessage } from '../../incident/words.ts';
import { ARCHIVE, isArchived, readArchived } from '../../log/archive.ts';
import { nodeFs } from '../../log/disk.ts';
import { StoreFault } from '../../log/event-store.ts';
import { ExportFault, isExport, readExported } from '../../log/exported.ts';
import { checkedReadings } from '../../log/recording-folder.ts';
import { inOrder, recordsUnder, verifyRecord, type VerifiedRecord } from '../../log/verify.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { dataDir } from '../paths.ts';
import { readingsBeside } from '../readings.ts';

export default {
  usage: 'verify [PATH]',
  about: 'prove that the record was not altered; checksums, chain, sequence, meaning',
  async run(context) {
    const [given, ...rest] = context.args;
    if (rest.length > 0) throw context.wrong();
    const place = given === undefined ? dataDir(context) : path.resolve(given);
    if (!existsSync(place)) throw new UsageError(`${place} is not there`);
    const isFolder = statSync(place).isDirectory();
    if (!isFolder && !place.endsWith('.log')) return verifyExport(context, place);
    const archived = isFolder ? archivedUnder(place) : [];
    const records = !isFolder ? [place] : archived[0] === place ? [] : recordsUnder(place);
    if (records.length + archived.length === 0) throw new UsageError(`${place} holds no record`);
    const found: VerifiedRecord[] = [];
    for (const [at, record] of records.entries()) {
      context.progress(`verifying ${at + 1} of ${records.length}: ${path.basename(record)}`);
      // The hub's own record belongs to no incident.
      found.push(await verifyRecord(record, path.basename(record) === 'hub' ? {} : { fold: inOrder() }));
    }
    const copies: Copy[] = [];
    for (const [at, dir] of archived.entries()) {
      context.progress(`verifying the archive, ${at + 1} of ${archived.length}: ${path.basename(dir)}`);
      copies.push(await verifyArchived(dir));
    }
    context.progress('');
    print(context, [...found, ...copies], [...found.map(said), ...copies.map(copySaid)]);
    return [...found, ...copies].some((one) => one.bad !== null) ? EXIT.faults : EXIT.ok;
  },
} satisfies CliCommand;

interface Copy {
  readonly incident: string;
  readonly archived: string;
  readonly head?: number;
  readonly lastHash?: string;
  readonly bad: { readonly reason: string } | null;
}

/** The folders of an archive at `place`: itself, those in it, or those in the archive of the data folder. */
function archivedUnder(place: string): readonly string[] {
  if (isArchived(nodeFs, place)) return [place];
  return [path.join(place, ARCHIVE), place]
    .flatMap((archive) => nodeFs.list(archive).map((name) => path.join(archive, name)))
    .filter((dir) => statSync(dir).isDirectory() && isArchived(nodeFs, dir));
}

async function verifyArchived(dir: string): Promise<Copy> {
  const known = { incident: path.basename(dir), archived: dir };
  try {
    const { head, lastHash } = (await readArchived(nodeFs, dir)).record;
    return { ...known, head, lastHash, bad: null };
  } catch (fault) {
    if (!(fault instanceof StoreFault)) throw fault;
    return { ...known, bad: { reason: fault.message } };
  }
}

function copySaid({ incident, head = 0, lastHash = '', bad }: Copy): string {
  if (bad !== null) return `BAD  ${oneLine(incident)}, archived: ${oneLine(bad.reason)}`;
  return `ok   ${oneLine(incident)}, archived: ${head} events, ends ${lastHash.slice(0, 16)}`;
}

/** A file that `warroom export --format jsonl` wrote. */
async function verifyExport(context: CliContext, file: string): Promise<number> {
  const bytes = readFileSync(file);
  if (!isExport(bytes)) throw new UsageError(`${file} holds no record`);
  try {
    const { segments, ...record } = await readExported(bytes);
    const { incident, lines, head, lastHash } = record;
    const readings = readingsFault(file, incident);
    if (readings !== null) {
      print(context, [{ bad: { file: `${file}.readings`, reason: readings } }], [`BAD  ${file}.readings: ${readings}`]);
      return EXIT.faults;
    }
    const verified = { ...record, segments: segments.length, bad: null };
    const line = `ok   ${oneLine(incident)}: ${head} events in ${lines} lines of an export, ends ${lastHash.slice(0, 16)}`;
    print(context, [verified], [line]);
    return EXIT.ok;
  } catch (fault) {
    if (!(fault instanceof ExportFault)) throw fault;
    const { line, message: reason } = fault;
    print(context, [{ bad: { file, line, reason } }], [`BAD  ${file}:${line}: ${oneLine(reason)}`]);
    return EXIT.faults;
  }
}

/** What is wrong with the readings beside an export; null: nothing, or there are none. */
function readingsFault(file: string, incident: string): string | null {
  try {
    checkedReadings(readingsBeside(file), incident);
    return null;
  } catch (fault) {
    return errorMessage(fault);
  }
}

function said({ incident, head, lines, segments, lastHash, bad, tornBytes }: VerifiedRecord): string {
  if (bad !== null)
    return `BAD  ${oneLine(incident)}: ${bad.file}:${bad.line} (byte ${bad.byte}): ${oneLine(bad.reason)}`;
  const torn = tornBytes === 0 ? '' : `; ${tornBytes} bytes at the end were being written and not acknowledged`;
  return `ok   ${oneLine(incident)}: ${head} events in ${lines} lines, ${counted(segments, 'file')}, ends ${lastHash.slice(0, 16)}${torn}`;
}
