/** What the hub is asked for, and, where none runs on this machine, what its data folder has. */
import { existsSync } from 'node:fs';
import type { StoredSummary } from '../hub/incident-store.ts';
import type { Stored } from '../hub/rooms.ts';
import type { Policy } from '../incident/policy.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { address } from './address.ts';
import { EXIT, Exit, type CliContext } from './command.ts';
import { answerOf } from './queries.ts';
import { dataDir, settings } from './paths.ts';
import { readingSession, type Session } from './session.ts';

interface Folder {
  readonly policy: Policy;
  /** Every incident that has a record there. */
  readonly ids: readonly string[];
  /** What the figures need of those whose records are in the archive. */
  readonly archived: ReadonlyMap<string, Stored>;
  /** The summaries of those that `wanted` names; null: the record is damaged. */
  summaries(wanted: (id: string) => boolean): Promise<readonly (StoredSummary | null)[]>;
}

/** The answer of a hub; where none runs on this machine, that of `otherwise`, which gets its data folder. */
export async function fromHubOr<T>(
  context: CliContext,
  use: (session: Session) => Promise<T>,
  otherwise: (dir: string) => Promise<T>,
): Promise<T> {
  let answer: { readonly value: T } | undefined;
  const trouble = await readingSession(context, async (session) => {
    answer = { value: await use(session) };
  }).catch((fault: unknown) => {
    if (answer === undefined && fault instanceof Exit && fault.code === EXIT.unreachable) return fault;
    throw fault;
  });
  if (answer !== undefined) return answer.value;
  const nowhere = (): Promise<null> => Promise.resolve(null);
  const { key } = await address(context, { first: nowhere, again: nowhere });
  const dir = dataDir(context);
  // The records of another machine's hub are not here.
  if (key !== 'local' || !existsSync(`${dir}/incidents`)) throw trouble;
  return otherwise(dir);
}

/** Reads the answer from the hub; without one from this machine's data folder, which is said on stderr. */
export const fromHubOrFolder = <T>(
  context: CliContext,
  question: Question,
  read: (answer: Answer) => T | undefined,
  fold: (folder: Folder) => Promise<T>,
): Promise<T> =>
  fromHubOr(
    context,
    ({ client }) => answerOf(client, question, read, 'not_now'),
    async (dir) => {
      const { recorded, recordedIds } = await import('./recorded.ts');
      const { archivedSummaries } = await import('../hub/archive.ts');
      const ids = recordedIds(dir);
      const archived = new Map([...archivedSummaries(dir)].filter(([id]) => !ids.includes(id)));
      context.err(`no hub answers; this is what ${dir} has`);
      const { policy } = await settings(context);
      return fold({ policy, ids, archived, summaries: (wanted) => recorded(dir, ids.filter(wanted)) });
    },
  );
