/** What the hub is asked for, and, where none runs on this machine, what its data folder has. */
import type { StoredSummary } from '../hub/incident-store.ts';
import type { Policy } from '../incident/policy.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { address } from './address.ts';
import { EXIT, Exit, refusalOf, type CliContext } from './command.ts';
import { dataDir, settings } from './paths.ts';
import { readingSession } from './session.ts';

interface Folder {
  readonly policy: Policy;
  /** Every incident that has a record there. */
  readonly ids: readonly string[];
  /** The summaries of those that `wanted` names; null: the record is damaged. */
  summaries(wanted: (id: string) => boolean): Promise<readonly (StoredSummary | null)[]>;
}

/** Reads the answer from the hub; without one from this machine's data folder, which is said on stderr. */
export async function fromHubOrFolder<T>(
  context: CliContext,
  question: Question,
  read: (answer: Answer) => T | undefined,
  fold: (folder: Folder) => Promise<T>,
): Promise<T> {
  let found: T | undefined;
  const trouble = await readingSession(context, async ({ client }) => {
    const answer = await client.ask(question);
    found = read(answer);
    if (found === undefined) throw refusalOf('not_now', answer.fault ?? 'the hub has no answer');
  }).catch((fault: unknown) => {
    if (fault instanceof Exit && fault.code === EXIT.unreachable) return fault;
    throw fault;
  });
  if (found !== undefined) return found;
  const nowhere = (): Promise<null> => Promise.resolve(null);
  const { key } = await address(context, { first: nowhere, again: nowhere });
  // The records of another machine's hub are not here.
  if (key !== 'local') throw trouble;
  const dir = dataDir(context);
  const { recorded, recordedIds } = await import('./recorded.ts');
  const ids = recordedIds(dir);
  if (ids.length === 0) throw trouble;
  context.err(`no hub answers; this is what ${dir} has`);
  const { policy } = await settings(context);
  return fold({ policy, ids, summaries: (wanted) => recorded(dir, ids.filter(wanted)) });
}
