/** Searches a Loki by its query_range, whose answer is JSON. */
import { requestOnce, jsonResponse } from '../delivery/http.ts';
import { isObject } from '../incident/event-codec.ts';
import { MOST_BYTES, type Findings, type LogQuery, type SearchContext } from './query.ts';
import type { LokiLog } from './source.ts';

/** Lines asked for at once; a Loki allows 5,000 unless it is set up otherwise. */
const LIMIT = 500;

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
  const values = valuesIn(jsonResponse(answer));
  if (values === null) throw new Error(`${answer.host} did not answer as a Loki does`);
  for (const { at, text } of values.toSorted((a, b) => b.at - a.at)) findings.addMatch(at, text);
  if (values.length >= LIMIT && !findings.isFull) findings.troubles.push(`it was asked for ${LIMIT} lines at most`);
}

/** A regular expression of RE2, as a string of LogQL, for the text as it stands. */
function filterOf({ text }: LogQuery): string {
  const literal = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return JSON.stringify(`(?i)${literal}`);
}

/** Null where it is no answer with streams of lines. */
function valuesIn(answer: unknown): readonly { readonly at: number; readonly text: string }[] | null {
  const data = isObject(answer) && isObject(answer['data']) ? answer['data'] : null;
  const result = data?.['resultType'] === 'streams' && Array.isArray(data['result']) ? data['result'] : null;
  return (
    result?.flatMap((stream: unknown) => {
      const values: unknown = isObject(stream) ? stream['values'] : null;
      return (Array.isArray(values) ? values : []).flatMap((value: unknown) => {
        const [ns, text]: readonly unknown[] = Array.isArray(value) ? value : [];
        if (typeof ns !== 'string' || typeof text !== 'string' || !/^\d{7,20}$/.test(ns)) return [];
        return [{ at: Number(ns.slice(0, -6)), text }];
      });
    }) ?? null
  );
}
