/** Sends records as they are stored, and takes over records that another hub exported. */
import * as v from 'valibot';
import { blankIncident } from '../incident/incident.ts';
import { idBegins } from '../incident/incident-id.ts';
import { incidentIdShape } from '../incident/shapes.ts';
import { evolve } from '../incident/topics/index.ts';
import { contentOf } from '../log/archive.ts';
import { ExportFault, readExported } from '../log/exported.ts';
import { checkedReadings, IMPORTED_READINGS } from '../log/recording-folder.ts';
import { IMPORTED } from '../log/stream.ts';
import { IMPORT_BYTES, IMPORT_PIECE, type Answer, type Question } from '../protocol/questions.ts';
import { archivedSummaries, archiveRecord, restoreRecord } from './archive.ts';
import type { Connection } from './connection.ts';
import type { HubParts } from './hub-parts.ts';
import { incidentFold } from './incident-store.ts';

/** Beside a record that had not ended where it ran. */
const STILL_RUNNING = new Map([
  [IMPORTED, contentOf(Buffer.from('imported: what still ran in it is not continued here\n'))],
]);

/** Incidents of the archive in one answer. */
const ARCHIVED_TOLD = 20;
/** Bytes of a record in one answer. */
const PIECE = 96 * 1024;
/** Another one may begin when the one that is arriving was silent this long, ms. */
const SILENT_MS = 15_000;

interface Arriving {
  readonly connection: Connection;
  readonly bytes: Buffer;
  /** How much of it is here. */
  at: number;
  heardAt: number;
  isComplete: boolean;
}

type RecordQuestion = Extract<
  Question,
  { what: 'incidents' | 'record' | 'readings' | 'import' | 'archive' | 'restore' }
>;

export function recordTransfer(context: HubParts) {
  const { store, rooms, recorder, clock, say, dataDir } = context;
  /** One at a time, which bounds the memory. */
  let arriving: Arriving | null = null;

  const begin = (connection: Connection, size: number): Arriving => {
    if (size > IMPORT_BYTES) throw new Error(`an export of ${size} bytes is too long; ${IMPORT_BYTES} is the most`);
    const isBusy = arriving?.connection.open && clock.mono() - arriving.heardAt < SILENT_MS;
    if (arriving !== null && (isBusy || arriving.isComplete))
      throw new Error('another record is being imported: try again in a moment');
    return { connection, bytes: Buffer.alloc(size), at: 0, heardAt: clock.mono(), isComplete: false };
  };

  const finish = async ({ bytes: all }: Arriving, by: string, isPreview: boolean, more: number): Promise<Answer> => {
    const end = all.length - more;
    const [bytes, readings] = [all.subarray(0, end), all.subarray(end)];
    let state = blankIncident('');
    const { incident, head, segments } = await readExported(bytes, (event) => (state = evolve(state, event)));
    if (!v.is(incidentIdShape, incident)) throw new Error('the record belongs to no incident');
    const beside = new Map(incidentFold.isCold(state) ? [] : STILL_RUNNING);
    if (readings.length > 0) beside.set(IMPORTED_READINGS, contentOf(checkedReadings(readings, incident)));
    const isHere = rooms.has(incident) && rooms.damaged().every((one) => one.incident !== incident);
    if (isPreview) return { imported: { incident, head, isHere } };
    const aside = await store.adopt(incident, segments, beside);
    say(`${by} imported the record of ${incident}: ${head} events`);
    return { imported: { incident, head, isHere: false, ...(aside !== null && { aside }) } };
  };

  const move = async (
    question: Extract<RecordQuestion, { what: 'archive' | 'restore' }>,
    by: string,
  ): Promise<Answer> => {
    if (question.what === 'restore') {
      const imported = await restoreRecord(store, question.path);
      context.archived = archivedSummaries(dataDir);
      say(`${by} took the record of ${imported.incident} back from the archive ${question.path}`);
      return { imported };
    }
    const { incident } = question;
    if (!rooms.has(incident)) throw new Error(rooms.whyNone(incident));
    if (!(await rooms.unload(incident))) return { archived: { kept: 'it is open, or a console shows it' } };
    await recorder.idle();
    const archived = await archiveRecord(store, question);
    if (archived.place !== undefined) {
      context.archived = archivedSummaries(dataDir);
      rooms.forget(incident);
      say(`${by} moved the record of ${incident} to ${archived.place}, it ends ${archived.lastHash}`);
    }
    return { archived };
  };

  /** Rejects, in words, where there is no answer. */
  return async (question: RecordQuestion, connection: Connection): Promise<Answer> => {
    if (question.what === 'incidents') {
      const { begins = '', after = '' } = question;
      const archived = [...context.archived.keys()].filter((id) => !rooms.has(id));
      const first = archived.filter((id) => idBegins(id, begins)).slice(0, ARCHIVED_TOLD);
      return { incidents: { ...rooms.find(begins, after), archived: { count: archived.length, first } } };
    }
    if (question.what === 'record') {
      const { incident, from } = question;
      const found =
        (await rooms.load(incident)) &&
        (await store.look(incident, (record) => ({
          bytes: record.bytes(from, PIECE).toString('base64'),
          size: record.size,
          head: record.head,
        })));
      if (!found) throw new Error(rooms.whyNone(incident));
      return { record: found };
    }
    if (question.what === 'readings') {
      const { incident, file, from = 0 } = question;
      if (!rooms.has(incident)) throw new Error(rooms.whyNone(incident));
      return { readings: file === undefined ? await recorder.files(incident) : recorder.part(incident, file, from) };
    }
    // A record says who wrote what, and nobody has signed it: only who has the hub's own token may bring or move one.
    const { session } = connection;
    if (session?.invite !== null) throw new Error("records are moved with the token of the hub's own machine");
    if (question.what !== 'import') return move(question, session.name);
    const { size, at, preview = false, readings = 0 } = question;
    const one = at === 0 ? begin(connection, size) : arriving;
    const piece = Buffer.from(question.bytes, 'base64');
    if (one?.connection !== connection || one.at !== at || one.bytes.length !== size || one.isComplete)
      throw new Error('the pieces of the export do not fit together: begin again');
    if (piece.length === 0 || piece.length > IMPORT_PIECE || at + piece.length > size)
      throw new Error('a piece of the export has the wrong length');
    arriving = one;
    one.at += piece.copy(one.bytes, at);
    one.heardAt = clock.mono();
    if (one.at < size) return { imported: null };
    one.isComplete = true;
    try {
      return await finish(one, session.name, preview, Math.min(readings, size));
    } catch (error) {
      throw error instanceof ExportFault ? new Error(`line ${error.line}: ${error.message}`) : error;
    } finally {
      arriving = null;
    }
  };
}
