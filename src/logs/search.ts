/** Searches logs for a text: bounded in time, bytes read and lines kept, whatever the logs hold; merged by time. */
import { errorMessage } from '../incident/words.ts';
import { searchFiles } from './files.ts';
import { searchJournald } from './journald.ts';
import { searchLoki } from './loki.ts';
import type { Trace } from '../protocol/questions.ts';
import { Findings, MOST_LINES, type LogQuery, type SearchContext } from './query.ts';
import type { LogSource } from './source.ts';

/** Of the lines that are kept, in all. */
const MOST_LENGTH = 200_000;

/** Never rejects: what goes wrong with a log is said beside it. */
export async function searchLogs(
  sources: readonly LogSource[],
  query: LogQuery,
  context: SearchContext,
): Promise<Trace> {
  const all = await Promise.all(
    sources.map(async (source) => {
      const findings = new Findings(source.name, query);
      await searchOne(source, query, context, findings).catch((error: unknown) =>
        findings.troubles.push(errorMessage(error)),
      );
      if (context.signal.aborted) findings.troubles.push('the time for it ran out');
      return findings;
    }),
  );
  const newest = all
    .flatMap(({ lines }) => lines)
    .map((line, order) => ({ line, order }))
    .toSorted((a, b) => (b.line.at ?? -Infinity) - (a.line.at ?? -Infinity) || a.order - b.order)
    .map(({ line }) => line);
  let length = 0;
  const kept = newest.slice(0, MOST_LINES).filter(({ text }) => (length += text.length) <= MOST_LENGTH);
  return { lines: kept.toReversed(), logs: all.map(({ done }) => done), more: newest.length - kept.length };
}

function searchOne(source: LogSource, query: LogQuery, context: SearchContext, findings: Findings): Promise<void> {
  switch (source.kind) {
    case 'file':
      return searchFiles(source, query, context, findings);
    case 'journald':
      return searchJournald(source, query, context, findings);
    case 'loki':
      return searchLoki(source, query, context, findings);
    default:
      return source satisfies never;
  }
}
