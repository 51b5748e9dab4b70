/** A data folder in the place of its hub: what it has of its incidents, read without a lock. Nothing in it changes. */
import { existsSync } from 'node:fs';
import { pastOf } from '../client/record-at-hub.ts';
import { BLANK_VIEW, type ClientView } from '../client/view.ts';
import { archivedSummaries } from '../hub/archive.ts';
import { incidentFold, type StoredSummary } from '../hub/incident-store.ts';
import type { Event } from '../incident/event.ts';
import { beginningOf, figuresOf, mayCount } from '../incident/figures.ts';
import { followUpOf } from '../incident/follow-up.ts';
import { blankIncident } from '../incident/incident.ts';
import { HANDBOOK_POLICY, type Policy } from '../incident/policy.ts';
import { errorMessage } from '../incident/words.ts';
import { ARCHIVE, RECORD } from '../log/archive.ts';
import { nodeFs } from '../log/disk.ts';
import { exported, ExportFault, readExported } from '../log/exported.ts';
import { filesIn, readPart } from '../log/recording-folder.ts';
import { isBegun, segmentNumber } from '../log/segment-index.ts';
import { changeSince, StreamIndex } from '../log/stream-index.ts';
import { recordsUnder, verifyRecord } from '../log/verify.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { readSummaries } from '../protocol/validate.ts';
import { hubKey } from './address.ts';
import { EXIT, Exit, type CliContext } from './command.ts';
import { dataDir, readSettings } from './paths.ts';
import type { Reader } from './session.ts';

/** Of kept readings, in one answer, bytes. */
const PIECE = 1024 * 1024;

/** Every incident that has a record there, in the order of their ids. */
export const recordedIds = (dir: string): readonly string[] =>
  nodeFs
    .list(`${dir}/incidents`)
    .filter((id) => isBegun(nodeFs, `${dir}/incidents/${id}`))
    .sort();

/** The data folder of this machine's hub; `away` is thrown where that hub was not the one asked for, or has no records. */
export function ownFolder(context: CliContext, away: Exit): string {
  const dir = dataDir(context);
  if (hubKey(context) !== 'local' || !existsSync(`${dir}/incidents`)) throw away;
  return dir;
}

/** Answers what a hub would, as far as the folder has it. `away`: why there is no hub. */
export async function openFolder(context: CliContext, away: Exit): Promise<Reader> {
  const dir = ownFolder(context, away);
  context.err(away.message);
  context.err(`no hub answers; this is what ${dir} has`);
  const stored = await storedIn(dir);
  const here = stored.flatMap(({ summary }) => summary ?? []);
  const damaged = stored.flatMap(({ id, damage }) => (damage === null ? [] : [{ incident: id, reason: damage }]));
  const archived = [...archivedSummaries(dir)].filter(([id]) => stored.every((one) => one.id !== id));
  const moved = archived.map(([id, { summary }]) => ({ id, summary }));
  const link = {
    state: 'lost',
    since: Date.now(),
    rttMs: null,
    reason: away.message,
    readOnly: null,
    hub: dir,
  } as const;
  const known = { link, damaged, incidents: told(here) };
  let view: ClientView = { ...BLANK_VIEW, ...known };
  let asked: Promise<Policy> | undefined;
  const policy = (): Promise<Policy> => (asked ??= policyHere(context));

  async function answer(question: Question): Promise<Answer> {
    switch (question.what) {
      case 'incidents': {
        const found = view.incidents.toSorted((a, b) => (a.id < b.id ? -1 : 1));
        return { incidents: { found, more: false, archived: { count: archived.length, first: [] } } };
      }
      case 'figures': {
        const since = question.since === undefined ? null : Date.parse(question.since);
        const wanted = [...stored, ...moved].filter(({ id }) => mayCount(id, since));
        const counted = wanted.flatMap(({ summary }) => summary ?? []);
        const begun = beginningOf([...stored, ...moved].map(({ id }) => id));
        const { postmortemMs } = await policy();
        const missing = wanted.length - counted.length;
        return { figures: figuresOf(counted, { since, now: Date.now(), begun, damaged: missing, postmortemMs }) };
      }
      case 'follow_up':
        return { followUp: followUpOf(here, Date.now(), (await policy()).postmortemMs) };
      case 'record': {
        const { bytes, head } = await recordIn(dir, question.incident);
        return { record: { bytes: bytes.subarray(question.from).toString('base64'), size: bytes.length, head } };
      }
      case 'readings': {
        const { incident, file, from = 0 } = question;
        const readings = `${folderOf(dir, incident)}/readings`;
        if (file === undefined) return { readings: { files: [...filesIn(nodeFs, readings)] } };
        const bytes = readPart(nodeFs, `${readings}/${file}`, from, PIECE);
        return { readings: { bytes: bytes?.toString('base64') ?? null } };
      }
      default:
        return { fault: away.message };
    }
  }

  return {
    folder: dir,
    live: false,
    trouble: away.message,
    incidents: [...view.incidents, ...told(moved.flatMap(({ summary }) => summary ?? []))],
    archived: [],
    client: {
      get view() {
        return view;
      },
      now: Date.now,
      ask: answer,
      page: () => Promise.resolve([]),
      onChange: () => () => {},
    },
    async held(incident) {
      const { bytes, head } = await recordIn(dir, incident);
      const { past } = await pastOf(exported(bytes, head), null, null);
      await past.show(past.to);
      view = { ...past.view, ...known, policy: await policy() };
      return past.view.incident ?? blankIncident(incident);
    },
  };
}

const folderOf = (dir: string, incident: string): string =>
  [`${dir}/incidents/${incident}`, `${dir}/${ARCHIVE}/${incident}`].find((one) => existsSync(one)) ?? '';

const damage = (message: string): Exit => new Exit(EXIT.faults, message, { code: 'damaged', message });

/** The bytes of a record as it is stored, here or in the archive, verified; a damaged one ends the command. */
async function recordIn(dir: string, incident: string): Promise<{ readonly bytes: Buffer; readonly head: number }> {
  const place = folderOf(dir, incident);
  if (recordsUnder(place).length === 0) {
    const file = `${place}/${RECORD}`;
    const { segments, head } = await readExported(nodeFs.readFile(file)).catch((fault: unknown) => {
      throw fault instanceof ExportFault ? damage(`${file}:${fault.line}: ${fault.message}`) : fault;
    });
    return { bytes: Buffer.concat(segments), head };
  }
  const { bad, head, tornBytes } = await verifyRecord(place);
  if (bad !== null) throw damage(`${bad.file}:${bad.line}: ${bad.reason}`);
  const segments = nodeFs.list(place).filter((name) => segmentNumber(name) !== null);
  const bytes = Buffer.concat(segments.map((name) => nodeFs.readFile(`${place}/${name}`)));
  return { bytes: bytes.subarray(0, bytes.length - tornBytes), head };
}

interface StoredIncident {
  readonly id: string;
  readonly summary: StoredSummary | null;
  /** What is wrong with its record; null: nothing. */
  readonly damage: string | null;
}

/** The incidents of a data folder, from its index where that is up to date. */
async function storedIn(dir: string): Promise<readonly StoredIncident[]> {
  const index = new StreamIndex(nodeFs, `${dir}/index.ndjson`, incidentFold);
  index.load();
  const all: StoredIncident[] = [];
  for (const id of recordedIds(dir)) {
    const place = `${dir}/incidents/${id}`;
    const known = index.lastSegment(id);
    const isSame = known !== null && changeSince({ disk: nodeFs, segmentBytes: Infinity }, place, known) === 'none';
    const summary = isSame ? index.get(id)?.served.summary : null;
    all.push(summary ? { id, summary, damage: null } : await folded(place, id));
  }
  return all;
}

async function folded(place: string, id: string): Promise<StoredIncident> {
  let state = incidentFold.blank(id);
  const fold = (event: Event): void => {
    state = incidentFold.evolve(state, event);
  };
  try {
    const { bad } = await verifyRecord(place, { fold });
    if (bad !== null) return { id, summary: null, damage: `${bad.file}:${bad.line}: ${bad.reason}` };
    return { id, summary: state.head === 0 ? null : incidentFold.summary(state), damage: null };
  } catch (fault) {
    return { id, summary: null, damage: errorMessage(fault) };
  }
}

const told = (all: readonly StoredSummary[]) => all.flatMap((one) => readSummaries([one]));

async function policyHere(context: CliContext): Promise<Policy> {
  const config = await readSettings(context);
  if (!('faults' in config)) return config.policy;
  context.err('the configuration has faults (warroom check): the times are those of the handbook');
  return HANDBOOK_POLICY;
}
