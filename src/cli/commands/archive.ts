/** `warroom archive`: moves the records of ended incidents out of the hub's data, and back. With no hub, by itself. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { isEnded } from '../../incident/incident.ts';
import { counted, errorMessage } from '../../incident/words.ts';
import type { IncidentSummary } from '../../protocol/summary.ts';
import type { Answer, Archived } from '../../protocol/questions.ts';
import { EXIT, Exit, print, type CliCommand, type CliContext } from '../command.ts';
import { allIncidents, answerOf } from '../queries.ts';
import { dataDir } from '../paths.ts';
import { pastOption } from '../send-command.ts';
import { fromHubOr, type Session } from '../session.ts';

/** Who moves records: the hub, or this process while there is none. */
interface Mover {
  readonly incidents: () => Promise<{
    readonly all: readonly IncidentSummary[];
    readonly damaged: readonly { readonly incident: string; readonly reason: string }[];
  }>;
  readonly archive: (incident: string, before: string, why: string | undefined) => Promise<Archived>;
  readonly restore: (place: string) => Promise<NonNullable<Answer['imported']>>;
}

export default {
  usage: 'archive --before T [--why TEXT] | --restore PATH',
  about:
    'move ended incidents out of the data folder, and back; --why moves also what has open action items or no postmortem',
  async run(context) {
    const before = pastOption(context, 'before');
    const place = context.text('restore');
    if ((before === null) === (place === undefined)) throw context.wrong('--before T, or --restore PATH');
    return fromHubOr(
      context,
      (session) => moved(context, throughHub(session), before, place),
      async (away) =>
        alone((await import('../data-folder.ts')).ownFolder(context, away), (mover) =>
          moved(context, mover, before, place),
        ),
    );
  },
} satisfies CliCommand;

const moved = (context: CliContext, mover: Mover, before: number | null, place: string | undefined): Promise<number> =>
  before === null ? restored(context, mover, place ?? '') : archived(context, mover, new Date(before).toISOString());

async function restored(context: CliContext, mover: Mover, given: string): Promise<number> {
  const named = path.join(dataDir(context), 'archive', given);
  const place = !existsSync(given) && existsSync(named) ? named : path.resolve(given);
  const { incident, head, aside } = await mover.restore(place);
  print(context, { incident, head, place, ...(aside !== undefined && { aside }) }, [
    `${incident}: ${counted(head, 'event')} taken back; ${place} stays as it is`,
    ...(aside === undefined ? [] : [`    the damaged record that was here is now in ${aside}`]),
  ]);
  return EXIT.ok;
}

/** One after the other: what was moved before an interruption stays moved, and whole. */
async function archived(context: CliContext, mover: Mover, before: string): Promise<number> {
  const { all, damaged } = await mover.incidents();
  const old = all.filter((one) => one.declaredAt < before && (isEnded(one) || one.status === 'resolved'));
  const why = context.text('why');
  const done: (Archived & { readonly incident: string })[] = [];
  for (const [at, { id }] of old.entries()) {
    context.progress(`archiving ${at + 1} of ${old.length}: ${id}`);
    const answer = await mover.archive(id, before, why).catch((fault: unknown): never => {
      context.progress('');
      const gone = done.filter(({ place }) => place !== undefined).length;
      context.err(`${counted(gone, 'record')} moved before that`);
      throw fault;
    });
    done.push({ incident: id, ...answer });
  }
  context.progress('');
  const gone = done.filter(({ place }) => place !== undefined);
  print(context, done, [
    ...gone.map(({ incident, place, lastHash = '' }) => `${incident} is in ${place}, ends ${lastHash.slice(0, 16)}`),
    `${counted(gone.length, 'record')} moved; the figures count them as before`,
  ]);
  for (const { incident, reason } of damaged) context.err(`${incident} stays: its record is damaged: ${reason}`);
  for (const { incident, kept } of done) if (kept !== undefined) context.err(`${incident} stays: ${kept}`);
  return EXIT.ok;
}

const throughHub = (session: Session): Mover => ({
  incidents: async () => ({ all: (await allIncidents(session)).incidents, damaged: session.client.view.damaged }),
  archive(incident, before, why) {
    const question = { what: 'archive', incident, before, ...(why !== undefined && { why }) } as const;
    return answerOf(session.client, question, ({ archived }) => archived);
  },
  restore: (place) =>
    answerOf(session.client, { what: 'restore', path: place }, ({ imported }) => imported ?? undefined),
});

/** Under the lock of the data folder: no hub can begin meanwhile. */
async function alone(dir: string, use: (mover: Mover) => Promise<number>): Promise<number> {
  const { openJournal } = await import('../../log/journal.ts');
  const { incidentFold } = await import('../../hub/incident-store.ts');
  const { archiveRecord, restoreRecord } = await import('../../hub/archive.ts');
  const refused = (fault: unknown): never => {
    throw fault instanceof Exit ? fault : new Exit(EXIT.refused, errorMessage(fault));
  };
  const journal = await openJournal({ dir, checkEveryMs: 0 }).catch(refused);
  try {
    const store = journal.incidentStore(incidentFold);
    return await use({
      async incidents() {
        const listed = await store.list();
        return {
          all: listed.flatMap((one) => ('damaged' in one || one.summary === null ? [] : [one.summary])),
          damaged: listed.flatMap((one) => ('damaged' in one ? [{ incident: one.stream, reason: one.damaged }] : [])),
        };
      },
      archive: (incident, before, why) => archiveRecord(store, { incident, before, why }),
      restore: (place) => restoreRecord(store, place),
    });
  } catch (fault) {
    return refused(fault);
  } finally {
    await journal.close();
  }
}
