/** `warroom tail`: the record, one event a line; `verify`: whether it was altered, which needs no hub. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { eventText } from '../../../panels/entry.ts';
import type { Event } from '../../incident/event.ts';
import { isoTime, type Zone } from '../../incident/time.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, Exit, print, zoneOf, count, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { events, readingIncident } from '../queries.ts';
import type { Session } from '../session.ts';
import { recordsUnder, verifyRecord, type Verified } from '../../log/verify.ts';
import { dataDir } from '../paths.ts';

export const tail: CliCommand = {
  usage: 'tail [--after SEQ] [--follow]',
  about: 'the timeline, one event a line',
  words: 0,
  options: { follow: { type: 'boolean', short: 'f' } },
  async run(context) {
    const text = context.text('after') ?? '0';
    if (!/^\d{1,15}$/.test(text)) throw context.wrong('--after takes the number of an entry');
    return readingIncident(context, async (_, session) => {
      let seen = Number(text);
      const printNew = async (): Promise<void> => {
        for (const event of await events(session, seen)) {
          if (event.seq <= seen) continue;
          seen = event.seq;
          print(context, event, [eventLine(event, zoneOf(context))]);
        }
      };
      await printNew();
      if (context.on('follow')) await follow(context, session, printNew);
    });
  },
};

/** Prints until SIGINT or SIGTERM. The client reconnects by itself; losing and regaining the hub is reported. */
function follow(context: CliContext, { client }: Session, printNew: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    let away = false;
    let printing = Promise.resolve();
    client.onChange((what) => {
      const { state, reason } = client.view.link;
      if (state === 'refused')
        return reject(new Exit(EXIT.refused, `refused: ${reason ?? 'the hub will not have us'}`));
      if (away !== (state !== 'live')) {
        away = !away;
        context.err(away ? `the hub is out of reach: ${reason ?? 'nothing heard'}; waiting for it` : 'the hub is back');
      }
      // A page the hub cannot send now is requested again at the next change.
      if (what.has('record')) printing = printing.then(printNew).catch(() => {});
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    process.stdout.once('close', () => resolve());
  });
}

/** `2026-11-23 14:02:11Z #12 alice: pool is full`, safe to print. */
function eventLine(event: Event, zone: Zone): string {
  const time = isoTime(Date.parse(event.at), zone).replace('T', ' ');
  return `${time} #${event.seq} ${oneLine(event.by.name)}: ${oneLine(eventText(event))}`;
}

export const verify: CliCommand = {
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
};

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
