/** `warroom export`: the record of an incident as a file; `import`: what another hub exported. */
import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import type { Event } from '../../incident/event.ts';
import { exportAtHub } from '../../client/record-at-hub.ts';
import { errorMessage } from '../../incident/words.ts';
import { ExportFault, isExport, readExported, type ExportedRecord } from '../../log/exported.ts';
import { IMPORT_BYTES, IMPORT_PIECE, type Answer } from '../../protocol/questions.ts';
import { reportOf, type IncidentReport } from '../../report/timeline.ts';
import { oneLine, safeText } from '../../terminal/text.ts';
import { EXIT, Exit, print, UsageError, wordOf, type CliCommand, type CliContext } from '../command.ts';
import { answerOf, pickIncident } from '../queries.ts';
import { exportReadings, readingsBeside } from '../readings.ts';
import { readingHere, readingSession, unanswered, type Reader, type Session } from '../session.ts';
import { writeResult } from '../write-file.ts';

const FORMATS = ['jsonl', 'md', 'csv', 'html'] as const;
type Format = (typeof FORMATS)[number];

export const exporting: CliCommand = {
  usage: 'export --format jsonl|md|csv|html [--out FILE]',
  about: 'the record of an incident as a file; jsonl is the record itself, which "warroom verify" proves',
  run(context) {
    const format = formatOf(context);
    return readingHere(context, async (reader) => {
      const { id } = pickIncident(context, reader);
      return write(context, format, await recordOf(context, reader, id), reader);
    });
  },
};

async function write(context: CliContext, format: Format, file: Buffer, from: Reader): Promise<number> {
  const out = context.text('out');
  const { report, record } = await read(file);
  const bytes = format === 'jsonl' ? file : Buffer.from(await written(context, from, format, report));
  const { incident, head, lastHash } = record;
  if (out !== undefined) {
    await writeResult(out, bytes);
    const readings = format === 'jsonl' ? await exportReadings(context, from, incident, out) : {};
    const said = [
      `${incident}: ${head} events written to ${out}, the record ends ${lastHash.slice(0, 16)}`,
      ...('readings' in readings ? [`    the readings for replay written to ${readings.readings}`] : []),
    ];
    const json = { incident, format, file: path.resolve(out), bytes: bytes.length, head, lastHash, ...readings };
    print(context, json, said);
  } else if (context.json && format !== 'jsonl')
    print(context, { incident, format, head, lastHash, text: bytes.toString() }, []);
  else toStdout(context, bytes);
  return EXIT.ok;
}

/** `--format`, else what the name of the file says. */
function formatOf(context: CliContext): Format {
  const given = context.text('format') ?? path.extname(context.text('out') ?? '').slice(1);
  const format = wordOf(FORMATS, given);
  if (format !== undefined) return format;
  throw context.wrong(given === '' ? 'say which: --format jsonl, md, csv or html' : `there is no format "${given}"`);
}

/** As it is, where a program reads it; safe to draw where a person does. */
export const toStdout = ({ raw }: Pick<CliContext, 'raw'>, bytes: Buffer): void =>
  raw(process.stdout.isTTY ? safeText(bytes.toString()) : bytes);

async function written(
  context: CliContext,
  from: Reader,
  format: Exclude<Format, 'jsonl'>,
  report: IncidentReport,
): Promise<string> {
  switch (format) {
    case 'md':
      return (await import('../../report/markdown.ts')).markdownReport(report);
    case 'csv':
      return (await import('../../report/csv.ts')).csvReport(report);
    case 'html':
      return (await import('../../report/html.ts')).htmlReport(
        report,
        await (await import('../readings.ts')).measured(context, from, report),
      );
  }
}

/** The export of a record that the hub, or the data folder, has. */
export async function recordOf(context: CliContext, { client }: Reader, incident: string): Promise<Buffer> {
  const progress = (part: number): void => context.progress(`reading ${incident}: ${Math.floor(part * 100)} %`);
  const record = await exportAtHub((about) => client.ask(about), incident, progress).catch((fault: unknown) => {
    throw fault instanceof Exit ? fault : unanswered(client, errorMessage(fault));
  });
  context.progress('');
  return record;
}

/** An exported record as people read it later. */
export const reportOfRecord = async (bytes: Buffer): Promise<IncidentReport> => (await read(bytes)).report;

/** Verifies an export; a fault ends the command with the line that is wrong. */
async function read(bytes: Buffer, file?: string): Promise<{ record: ExportedRecord; report: IncidentReport }> {
  const events: Event[] = [];
  try {
    const record = await readExported(bytes, (event) => events.push(event));
    return { record, report: reportOf(events) };
  } catch (fault) {
    if (!(fault instanceof ExportFault)) throw fault;
    const place = file === undefined ? 'the record' : file;
    throw new Exit(EXIT.faults, `${place}:${fault.line}: ${fault.message}`, {
      code: 'damaged',
      message: fault.message,
    });
  }
}

export const importing: CliCommand = {
  usage: 'import FILE [--preview]',
  about: "take over another hub's record, or a timeline; --preview only shows what would come",
  words: 1,
  async run(context) {
    const [file] = context.args;
    if (file === undefined) throw context.wrong('say which file');
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory() !== false)
      throw new UsageError(`there is no file ${file}`);
    const bytes = await readBounded(file);
    if (!isExport(bytes)) return (await import('../import-timeline.ts')).importTimeline(context, file, bytes);
    const { record, report } = await read(bytes, file);
    const { title, severity, status, timestamps } = report.incident;
    const { incident, head, lastHash } = record;
    const preview = context.on('preview');
    return readingSession(context, async (session) => {
      const readings = readingsBeside(file);
      const { imported } = await sent(context, session, Buffer.concat([bytes, readings]), preview, readings.length);
      if (!imported) throw new Exit(EXIT.unreachable, 'the hub did not take all of the file');
      const { isHere, aside } = imported;
      const what = `${severity} ${oneLine(title ?? '')}, ${status}, declared ${timestamps.declaredAt ?? 'never'}`;
      const json = { incident, title, severity, status, head, lastHash, isHere, imported: !preview };
      print(context, json, [
        `${preview ? (isHere ? 'here already' : 'would be imported') : 'imported'}: ${incident}, ${head} events`,
        `    ${what}; ends ${lastHash.slice(0, 16)}`,
        ...(aside === undefined ? [] : [`    the damaged record that was here is now in ${aside}`]),
      ]);
    });
  },
};

/** Of a file that may be a pipe or a device without end. */
async function readBounded(file: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of createReadStream(file, { end: IMPORT_BYTES })) parts.push(part as Buffer);
  const bytes = Buffer.concat(parts);
  if (bytes.length > IMPORT_BYTES) throw new UsageError(`${file} is larger than ${IMPORT_BYTES} bytes`);
  return bytes;
}

/** Sends the file in pieces; the answer to the last. */
async function sent(
  context: CliContext,
  session: Session,
  bytes: Buffer,
  preview: boolean,
  readings: number,
): Promise<Answer> {
  let answer: Answer = {};
  for (let at = 0; at < bytes.length; at += IMPORT_PIECE) {
    const piece = bytes.subarray(at, at + IMPORT_PIECE).toString('base64');
    const more = { ...(preview && ({ preview } as const)), ...(readings > 0 && { readings }) };
    const question = { what: 'import', size: bytes.length, at, bytes: piece, ...more } as const;
    answer = await answerOf(session.client, question, (got) => (got.fault === undefined ? got : undefined), 'conflict');
    context.progress(`sending ${Math.floor((at / bytes.length) * 100)} %`);
  }
  context.progress('');
  return answer;
}
