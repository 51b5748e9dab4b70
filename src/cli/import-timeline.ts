/** `warroom import` of a timeline that was kept elsewhere: shown first, then written as entries that say so. */
import path from 'node:path';
import type { Event } from '../incident/event.ts';
import { TEXT_LIMITS } from '../incident/shapes.ts';
import { readTimeline, type TimelineEntry, type TimelineFile } from '../incident/timeline-file.ts';
import { DAY, isoTime } from '../incident/time.ts';
import { IMPORT_MOST } from '../incident/topics/imports.ts';
import { counted } from '../incident/words.ts';
import { oneLine } from '../terminal/text.ts';
import { Exit, EXIT, print, UsageError, zoneOf, type CliContext } from './command.ts';
import { eventsAfter, pickIncident } from './queries.ts';
import { codeOf, send, timeContext, type SentResult } from './send-command.ts';
import { writingNow, type Session } from './session.ts';

/** Faults that are told one by one. */
const TOLD = 20;
/** Characters of entries in one message. */
const MESSAGE = 40_000;

export async function importTimeline(context: CliContext, file: string, bytes: Buffer): Promise<number> {
  const read = readTimeline(bytes.toString('utf8'), timeContext(context, Date.now()));
  const { entries, leftOut, troubles } = read;
  for (const { line, text } of leftOut)
    context.err(`line ${line} stands before the first time, and is left out: ${text}`);
  const long = entries.filter(({ text }) => text.length > TEXT_LIMITS.text);
  const all = [...troubles, ...long.map(({ line }) => ({ line, trouble: `more than ${TEXT_LIMITS.text} characters` }))];
  if (all.length > 0) {
    const places = all.slice(0, TOLD).map(({ line, trouble }) => `${file}:${line}: ${trouble}`);
    if (all.length > TOLD) places.push(`and ${counted(all.length - TOLD, 'more line')}`);
    throw new Exit(EXIT.faults, `nothing was imported\n${places.join('\n')}`, undefined, { troubles: all });
  }
  if (entries.length === 0)
    throw new UsageError(`${file} is no record of warroom's, and no line of it begins with a time`);
  if (!context.on('preview')) return imported(context, file, read);
  print(context, { entries, leftOut }, preview(context, read));
  return EXIT.ok;
}

const preview = (context: CliContext, { entries }: TimelineFile): readonly string[] => [
  ...entries.map(({ at, text }) => `${isoTime(Date.parse(at), zoneOf(context)).replace('T', ' ')} ${oneLine(text)}`),
  `${counted(entries.length, 'time')} read; nothing was imported yet`,
];

/** As many commands as the messages need; each can be taken back as one. */
function imported(context: CliContext, file: string, { entries, undated }: TimelineFile): Promise<number> {
  const source = path.basename(file);
  return writingNow(context, 'imported', async (session) => {
    const { id, declaredAt, head } = pickIncident(context, session);
    if (undated !== undefined && Date.now() - Date.parse(declaredAt) > DAY)
      throw new Exit(
        EXIT.faults,
        `${file}:${undated}: a time without a date, and ${id} is of another day: write a date above it; nothing was imported`,
      );
    await session.held(id, head);
    const here = importedBefore(session, await eventsAfter(session, 0));
    const fresh = entries.filter((entry) => !here.has(keyOf(entry)));
    const already = entries.length - fresh.length;
    if (already > 0)
      context.err(
        `left out, because they were imported into ${id} before: ${already} of ${counted(entries.length, 'line')}`,
      );
    const told: SentResult[] = [];
    for (const part of partsOf(fresh)) {
      const command = { kind: 'import_entries', source, entries: part.map(({ at, text }) => ({ at, text })) } as const;
      const answer = await send(session, command, id);
      if ('error' in answer) {
        const before = told.length === 0 ? 'nothing was imported' : 'what came before was imported';
        throw new Exit(
          EXIT.refused,
          `refused (${answer.error.code}): ${answer.error.message}; ${before}`,
          answer.error,
        );
      }
      told.push(answer);
    }
    const heads = told.flatMap((answer) => ('seq' in answer ? [answer.seq] : []));
    const undo = heads.map((seq) => `warroom retract ${seq} --why TEXT`).join('; ');
    const json = { incident: id, entries: fresh.length, seq: heads[0] ?? null, imports: heads };
    print(context, { ...json, ...(already > 0 && { already }) }, [
      `${counted(fresh.length, 'line')} of ${source} imported into ${id}${undo === '' ? '' : `; taken back as one: ${undo}`}`,
    ]);
    return Math.max(EXIT.ok, ...told.map(codeOf));
  });
}

const keyOf = ({ at, text }: Pick<TimelineEntry, 'at' | 'text'>): string => `${Date.parse(at)} ${text.trimEnd()}`;

/** The entries of earlier imports that nobody took back. */
const importedBefore = ({ client }: Session, all: readonly Event[]): ReadonlySet<string> =>
  new Set(
    all.flatMap((event) =>
      event.kind === 'noted' && event.via === 'import' && !client.view.incident?.annotations[event.seq]?.retracted
        ? [keyOf({ at: event.at, text: event.data.text })]
        : [],
    ),
  );

function partsOf(entries: readonly TimelineEntry[]): readonly (readonly TimelineEntry[])[] {
  const parts: TimelineEntry[][] = [];
  let size = Infinity;
  for (const entry of entries) {
    const length = JSON.stringify(entry).length;
    if (size + length > MESSAGE || (parts.at(-1)?.length ?? 0) >= IMPORT_MOST) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(entry);
    size += length;
  }
  return parts;
}
