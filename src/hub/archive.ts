/** Moves the records of ended incidents into the archive and back; what figures need of those that are there. */
import * as v from 'valibot';
import { isEnded, type Incident } from '../incident/incident.ts';
import { isSerious } from '../incident/severity.ts';
import { incidentIdShape, parseJson } from '../incident/shapes.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { errorMessage } from '../incident/words.ts';
import {
  ARCHIVE,
  archivedEpoch,
  contentOf,
  filesBeside,
  putArchived,
  readArchived,
  RECORD,
  sizeOf,
  SUMMARY,
} from '../log/archive.ts';
import { nodeFs } from '../log/disk.ts';
import { StoreFault } from '../log/event-store.ts';
import { exported } from '../log/exported.ts';
import type { JournalStore } from '../log/journal-store.ts';
import type { Answer, Archived } from '../protocol/questions.ts';
import { incidentFold, storedSummaryOf, type StoredSummary } from './incident-store.ts';
import type { Stored } from './rooms.ts';

type ArchivingStore = Pick<
  JournalStore<Incident, StoredSummary>,
  'open' | 'release' | 'look' | 'remove' | 'adopt' | 'folder'
>;

/** `why`: although something of it is still to be done. */
interface ArchiveRequest {
  readonly incident: string;
  readonly before: Instant;
  readonly why?: string | undefined;
}

const MOVES = '--why TEXT moves it all the same';

/** Why the record stays where it is; null: it may go. */
function whyKept(state: Incident, { before, why }: ArchiveRequest): string | null {
  const { status, statusSince, peakSeverity, drill, timestamps, open, more } = state;
  if (status === 'resolved') return 'it is resolved, not closed';
  if (!isEnded(state)) return `it is ${status}`;
  if ((statusSince ?? '') >= before) return `it was ${status} at ${statusSince}, and not before`;
  if (!incidentFold.isCold(state)) return 'something of it is still on its way out';
  if (why !== undefined) return null;
  const actions = open.filter(({ form }) => form === 'action').length + (more?.open ?? 0);
  if (isSerious(peakSeverity) && status === 'closed' && !drill && timestamps.postmortemPublishedAt === null)
    return `its postmortem was not published; ${MOVES}`;
  return actions > 0 ? `${actions} of its action items ${actions === 1 ? 'is' : 'are'} open; ${MOVES}` : null;
}

/** Moves a record that nobody uses, or says why it stays. Rejects with StoreFault where no other could be moved either. */
export async function archiveRecord(store: ArchivingStore, request: ArchiveRequest): Promise<Archived> {
  try {
    return await moveToArchive(store, request);
  } catch (fault) {
    if (fault instanceof StoreFault && (fault.code === 'conflict' || fault.code === 'corrupt'))
      return { kept: fault.message };
    throw fault;
  }
}

/** Copied, synced, read back and verified; then one rename takes the record out. Where it rejects, it is where it was. */
async function moveToArchive(store: ArchivingStore, request: ArchiveRequest): Promise<Archived> {
  const { incident } = request;
  const { disk, dir, refusal, assertOurs } = store.folder;
  const opened = await store.open(incident);
  const found = await store
    .look(incident, (record) => ({
      record: exported(record.whole(), record.head),
      lastHash: record.lastHash,
      beside: filesBeside(disk, record.dir),
    }))
    .finally(() => store.release(incident));
  if (opened === null || found === null) throw new StoreFault('conflict', `there is no incident ${incident}`);
  const kept = whyKept(opened.state, request);
  if (kept !== null) return { kept };
  const place = `${dir}/${ARCHIVE}/${incident}`;
  const other = archivedEpoch(disk, place);
  if (other !== null && other !== opened.epoch)
    throw new StoreFault('conflict', `${place} holds something else: move that elsewhere first`);
  const { record, lastHash, beside } = found;
  const summary = Buffer.from(`${JSON.stringify({ ...storedSummaryOf(opened.state), why: request.why })}\n`);
  const files = new Map([[RECORD, contentOf(record)], [SUMMARY, contentOf(summary)], ...beside]);
  const refused = refusal(sizeOf(files));
  if (refused !== null) throw refused;
  try {
    assertOurs();
    await putArchived(disk, dir, incident, files);
    const copy = await readArchived(disk, place);
    if (copy.record.lastHash === lastHash && (await store.remove(incident, lastHash))) return { place, lastHash };
  } catch (error) {
    if (error instanceof StoreFault) throw error;
    const why = errorMessage(error);
    throw new StoreFault('disk_low', `${incident} was not archived: ${why}; its record is where it was`);
  }
  throw new StoreFault('conflict', `${incident} is in use: try again`);
}

/** Takes back the record in a folder of an archive, which stays as it is. Rejects with StoreFault. */
export async function restoreRecord(store: ArchivingStore, place: string): Promise<NonNullable<Answer['imported']>> {
  const { record, beside } = await readArchived(store.folder.disk, place);
  const { incident, head, segments } = record;
  if (!v.is(incidentIdShape, incident)) throw new StoreFault('corrupt', `${place} holds the record of no incident`);
  const aside = await store.adopt(incident, segments, beside);
  return { incident, head, isHere: false, ...(aside !== null && { aside }) };
}

/** What the figures need of the incidents in the archive of a data folder, by id; read when it is looked at. */
export function archivedSummaries(dataDir: string): ReadonlyMap<string, Stored> {
  const archive = `${dataDir}/${ARCHIVE}`;
  const ids = nodeFs.list(archive).filter((name) => v.is(incidentIdShape, name));
  return new Map(ids.map((id) => [id, new ArchivedSummary(`${archive}/${id}/${SUMMARY}`)]));
}

class ArchivedSummary implements Stored {
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
  }
  /** Null: it cannot be read. */
  get summary(): StoredSummary | null {
    try {
      const value = parseJson(nodeFs.readFile(this.#file).toString());
      return incidentFold.isSummary(value) ? value : null;
    } catch {
      return null;
    }
  }
}
