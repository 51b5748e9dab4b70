/** Sends records as they are stored, and takes over records that another hub exported. */
import * as v from 'valibot';
import { blankIncident } from '../incident/incident.ts';
import { incidentIdShape } from '../incident/shapes.ts';
import { evolve } from '../incident/topics/index.ts';
import { ExportFault, readExported } from '../log/exported.ts';
import type { JournalStore } from '../log/journal-store.ts';
import { IMPORT_PIECE, type Answer } from '../protocol/questions.ts';
import type { Connection } from './connection.ts';
import type { HubContext } from './hub-context.ts';
import type { Recorder } from './recorder.ts';
import type { RecordAnswering } from './questions.ts';
import type { Rooms } from './rooms.ts';

interface RecordTransferContext extends Pick<HubContext, 'say' | 'clock'> {
  readonly store: Pick<JournalStore<never, never>, 'bytes' | 'adopt'>;
  readonly rooms: Pick<Rooms, 'load' | 'whyNone' | 'has'>;
  readonly recorder: Pick<Recorder, 'files' | 'part'>;
}

/** Bytes of a record in one answer. */
const PIECE = 96 * 1024;
/** The longest export that is taken, bytes: some 200,000 entries. It is held in memory while it arrives. */
const MOST = 64 * 1024 * 1024;
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

export function recordTransfer(context: RecordTransferContext): RecordAnswering {
  const { store, rooms, recorder, clock, say } = context;
  /** One at a time, which bounds the memory. */
  let arriving: Arriving | null = null;

  const begin = (connection: Connection, size: number): Arriving => {
    if (size > MOST) throw new Error(`an export of ${size} bytes is too long; ${MOST} is the most`);
    const isBusy = arriving?.connection.open && clock.mono() - arriving.heardAt < SILENT_MS;
    if (arriving !== null && (isBusy || arriving.isComplete))
      throw new Error('another record is being imported: try again in a moment');
    return { connection, bytes: Buffer.alloc(size), at: 0, heardAt: clock.mono(), isComplete: false };
  };

  const finish = async ({ bytes }: Arriving, by: string, isPreview: boolean): Promise<Answer> => {
    let state = blankIncident('');
    const { incident, head, segments } = await readExported(bytes, (event) => (state = evolve(state, event)));
    if (!v.is(incidentIdShape, incident)) throw new Error('the record belongs to no incident');
    const isHere = rooms.has(incident);
    if (isPreview) return { imported: { incident, head, isHere } };
    await store.adopt(incident, segments);
    say(`${by} imported the record of ${incident}: ${head} events`);
    return { imported: { incident, head, isHere: false } };
  };

  return async (question, connection) => {
    if (question.what === 'record') {
      const { incident, from } = question;
      const found = (await rooms.load(incident)) && (await store.bytes(incident, from, PIECE));
      if (!found) throw new Error(rooms.whyNone(incident));
      return { record: { ...found, bytes: found.bytes.toString('base64') } };
    }
    if (question.what === 'readings') {
      const { incident, file, from = 0 } = question;
      if (!rooms.has(incident)) throw new Error(rooms.whyNone(incident));
      return { readings: file === undefined ? await recorder.files(incident) : recorder.part(incident, file, from) };
    }
    // A record says who wrote what, and nobody has signed it: only who has the hub's own token may bring one.
    const { session } = connection;
    if (session?.invite !== null) throw new Error("records are imported with the token of the hub's own machine");
    const { size, at, preview = false } = question;
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
      return await finish(one, session.name, preview);
    } catch (error) {
      throw error instanceof ExportFault ? new Error(`line ${error.line}: ${error.message}`) : error;
    } finally {
      arriving = null;
    }
  };
}
