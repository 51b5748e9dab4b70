/** `warroom verify`: whether the record was altered. It only reads files and needs no hub. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Event } from '../../incident/event.ts';
import { recordsUnder, verifyRecord, type Verified } from '../../log/verify.ts';
import { oneLine } from '../../terminal/text.ts';
import { count, EXIT, print, UsageError, type CliCommand } from '../command.ts';
import { dataDir } from '../paths.ts';

export default {
  usage: 'verify [PATH]',
  about: 'prove that the record was not altered; checksums, chain, sequence, meaning',
  async run(context) {
    const [given, ...rest] = context.args;
    if (rest.length > 0) throw context.wrong();
    const place = given === undefined ? dataDir(context) : path.resolve(given);
    if (!existsSync(place)) throw new UsageError(`${place} is not there`);
    const isFolder = statSync(place).isDirectory();
    const records = isFolder ? recordsUnder(place) : place.endsWith('.log') ? [place] : [];
    if (records.length === 0) throw new UsageError(`${place} holds no record`);
    const found: Verified[] = [];
    for (const [at, record] of records.entries()) {
      context.progress(`verifying ${at + 1} of ${records.length}: ${path.basename(record)}`);
      // The hub's own record belongs to no incident.
      found.push(await verifyRecord(record, path.basename(record) === 'hub' ? {} : { fold: follows() }));
    }
    context.progress('');
    print(context, found, found.map(said));
    return found.some((one) => one.bad !== null) ? EXIT.faults : EXIT.ok;
  },
} satisfies CliCommand;

function said({ incident, head, lines, segments, lastHash, bad, tornBytes }: Verified): string {
  if (bad !== null)
    return `BAD  ${oneLine(incident)}: ${bad.file}:${bad.line} (byte ${bad.byte}): ${oneLine(bad.reason)}`;
  const torn = tornBytes === 0 ? '' : `; ${tornBytes} bytes at the end were being written and not acknowledged`;
  return `ok   ${oneLine(incident)}: ${head} events in ${lines} lines, ${count(segments, 'file')}, ends ${lastHash.slice(0, 16)}${torn}`;
}

/** Throws where an event cannot follow those before it: the declaration is first, references point backwards. */
function follows(): (event: Event) => void {
  let declared = false;
  return (event) => {
    if (declared === (event.kind === 'declared'))
      throw new Error(declared ? 'the incident is declared twice' : 'the record does not begin with a declaration');
    declared = true;
    if (event.ref !== undefined && event.ref >= event.seq)
      throw new Error(`#${event.seq} refers to a later #${event.ref}`);
  };
}
