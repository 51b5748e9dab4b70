/** Searches a Loki by its query_range, whose answer is JSON. */
import * as v from 'valibot';
import { requestOnce, jsonResponse } from '../delivery/http.ts';
import { MOST_BYTES, type Findings, type LogQuery, type SearchContext } from './query.ts';
import type { LokiLog } from './source.ts';

/** Lines asked for at once; a Loki allows 5,000 unless it is set up otherwise. */
const LIMIT = 500;

/** Nanoseconds, and a line. What is none of these is left out. */
const valueShape = v.looseTuple([v.pipe(v.string(), v.regex(/^\d{7,20}$/)), v.string()]);
const streamShape = v.object({ values: v.array(v.fallback(v.nullable(valueShape), null)) });
const answerShape = v.object({
  data: v.object({ resultType: v.literal('streams'), result: v.array(v.fallback(streamShape, { values: [] })) }),
});

export async function searchLoki(
  { url, query, headers, ca, timeoutMs }: LokiLog,
  asked: LogQuery,
  { now, signal }: SearchContext,
  findings: Findings,
): Promise<void> {
  const range = { start: `${Math.floor(asked.since)}000000`, end: `${Math.ceil(now)}000000` };
  const words = new URLSearchParams({
    query: `${query} |~ ${filterOf(asked)}`,
    limit: String(LIMIT),
    direction: 'backward',
    ...range,
  });
  const address = `${url.replace(/\/+$/, '')}/loki/api/v1/query_range?${words}`;
  const request = { method: 'GET', url: address, headers, ca, timeoutMs, maxBytes: MOST_BYTES } as const;
  const answer = await requestOnce(request, { signal, now });
  if (answer.state !== 'answered') throw new Error(answer.error);
  findings.bytes += answer.body.length;
  if (answer.status !== 200) throw new Error(`${answer.host} answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  const read = v.safeParse(answerShape, jsonResponse(answer));
  if (!read.success) throw new Error(`${answer.host} did not answer as a Loki does`);
  const values = read.output.data.result.flatMap((stream) => stream.values.filter((value) => value !== null));
  const lines = values.map(([ns, text]) => ({ at: Number(ns.slice(0, -6)), text }));
  for (const { at, text } of lines.toSorted((a, b) => b.at - a.at)) findings.addMatch(at, text);
  if (values.length >= LIMIT && !findings.isFull) findings.troubles.push(`it was asked for ${LIMIT} lines at most`);
}

/** A regular expression of RE2, as a string of LogQL, for the text as it stands. */
function filterOf({ text }: LogQuery): string {
  const literal = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return JSON.stringify(`(?i)${literal}`);
}
