/** What a data folder has of its incidents, read without a hub and without a lock: nothing in it changes. */
import { incidentFold, type StoredSummary } from '../hub/incident-store.ts';
import { idBegins } from '../incident/incident-id.ts';
import type { ReadingsSource } from './readings.ts';
import { EXIT, Exit, refusalOf } from './command.ts';
import { nodeFs } from '../log/disk.ts';
import { ARCHIVE, RECORD } from '../log/archive.ts';
import { exported } from '../log/exported.ts';
import { filesIn, readPart } from '../log/recording-folder.ts';
import { segmentNumber } from '../log/segment-index.ts';
import { changeSince, StreamIndex } from '../log/stream-index.ts';
import { recordsUnder, verifyRecord } from '../log/verify.ts';

/** Every incident that has a record there, in the order of their ids. */
export const recordedIds = (dataDir: string): readonly string[] => [...nodeFs.list(`${dataDir}/incidents`)].sort();

/** A record without a hub: its export, and what was kept of the readings beside it. */
interface RecordedFolder extends ReadingsSource {
  readonly bytes: Buffer;
}

/** The record with this id, or the only one whose id begins so; also from the archive. Ends the command where it is damaged. */
export async function recordedFolder(dataDir: string, wanted: string): Promise<RecordedFolder> {
  const all = [...new Set([...recordedIds(dataDir), ...nodeFs.list(`${dataDir}/${ARCHIVE}`)])];
  const found = all.includes(wanted) ? [wanted] : all.filter((id) => idBegins(id, wanted.toLowerCase()));
  const [id] = found;
  if (id === undefined || found.length > 1)
    throw refusalOf(
      'not_found',
      `${found.length} incidents in ${dataDir} are called "${wanted}"${found
        .slice(0, 10)
        .map((one) => `\n    ${one}`)
        .join('')}`,
    );
  const here = `${dataDir}/incidents/${id}`;
  const isHere = recordsUnder(here).length > 0;
  const readings = `${isHere ? here : `${dataDir}/${ARCHIVE}/${id}`}/readings`;
  return {
    bytes: isHere ? await exportOf(here) : nodeFs.readFile(`${dataDir}/${ARCHIVE}/${id}/${RECORD}`),
    client: {
      now: Date.now,
      ask(question) {
        if (question.what !== 'readings') return Promise.resolve({ fault: 'no hub answers' });
        const { file, from = 0 } = question;
        const bytes = file === undefined ? undefined : readPart(nodeFs, `${readings}/${file}`, from, PIECE);
        const answer =
          bytes === undefined
            ? { files: [...filesIn(nodeFs, readings)] }
            : { bytes: bytes?.toString('base64') ?? null };
        return Promise.resolve({ readings: answer });
      },
    },
  };
}

const PIECE = 1024 * 1024;

async function exportOf(dir: string): Promise<Buffer> {
  const { bad, head, tornBytes } = await verifyRecord(dir);
  if (bad !== null) {
    const message = `${bad.file}:${bad.line}: ${bad.reason}`;
    throw new Exit(EXIT.faults, message, { code: 'damaged', message });
  }
  const segments = nodeFs.list(dir).filter((name) => segmentNumber(name) !== null);
  const bytes = Buffer.concat(segments.map((name) => nodeFs.readFile(`${dir}/${name}`)));
  return exported(bytes.subarray(0, bytes.length - tornBytes), head);
}

/** The summaries of these incidents, from the index where it is up to date. Null: the record is damaged. */
export async function recorded(dataDir: string, ids: readonly string[]): Promise<readonly (StoredSummary | null)[]> {
  const index = new StreamIndex(nodeFs, `${dataDir}/index.ndjson`, incidentFold);
  index.load();
  const all: (StoredSummary | null)[] = [];
  for (const id of ids) {
    const dir = `${dataDir}/incidents/${id}`;
    const known = index.lastSegment(id);
    const isSame = known !== null && changeSince({ disk: nodeFs, segmentBytes: Infinity }, dir, known) === 'none';
    all.push((isSame ? index.get(id)?.served.summary : null) ?? (await folded(dir, id)));
  }
  return all;
}

async function folded(dir: string, id: string): Promise<StoredSummary | null> {
  let state = incidentFold.blank(id);
  const fold = (event: Parameters<typeof incidentFold.evolve>[1]): void => {
    state = incidentFold.evolve(state, event);
  };
  const { bad } = await verifyRecord(dir, { fold }).catch(() => ({ bad: true }));
  return bad !== null || state.head === 0 ? null : incidentFold.summary(state);
}
