/** Reads the body of an answer: metrics from JSON or from Prometheus text, and whether it calls its service healthy. */
import { parseJson } from '../../incident/shapes.ts';
import type { Sample } from '../../protocol/reading.ts';
import { counters, gauges, type PollResult } from '../session.ts';
import { verdictOf, verdictOfText, type Healthy, type Verdict } from './health-verdict.ts';
import { ALIASES, isCounter, numberOf, parsePath, valueAt } from './json-path.ts';
import { parseMetrics } from './metrics-page.ts';

export interface BodySettings {
  /** Metric -> path into a JSON body; comes before the built-in aliases. */
  readonly json: Readonly<Record<string, string>>;
  /** Names taken from a page of metrics, besides the built-in ones. */
  readonly metrics: readonly string[];
  readonly contains: string | null;
  /** Which values are healthy; null: judged by common keys and words. */
  readonly healthy: Healthy | null;
}
type BodyFound = Required<Pick<PollResult, 'failure' | 'samples' | 'facts'>>;

/** Largest body of a content type, bytes: health bodies are small, pages of metrics are not. */
export const limitOf = (contentType: string, { metrics }: BodySettings): number =>
  (isMetrics(contentType) || metrics.length > 0 ? 5 : 1) * 2 ** 20;

const isMetrics = (contentType: string): boolean =>
  /^application\/openmetrics-text|^text\/plain\b.*\bversion=\d/i.test(contentType);
/** Some servers send pages of metrics under another content type. */
const looksLikeMetrics = (text: string): boolean => /^\s*# (?:HELP|TYPE|UNIT) /.test(text.slice(0, 1000));
const isJson = (contentType: string): boolean => /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);

/** A body that contradicts its content type is a failure of class `protocol`. */
export function readBody(contentType: string, body: Buffer, settings: BodySettings): BodyFound {
  const text = body.toString('utf8');
  const found = read(contentType, text, settings);
  if (settings.contains === null) return found;
  const isMissing = !text.includes(settings.contains);
  const message = `the body does not contain ${JSON.stringify(settings.contains)}`;
  return {
    ...found,
    failure: found.failure ?? (isMissing ? { class: 'status', message } : null),
    samples: [...found.samples, ...gauges({ probe_failed_due_to_regex: isMissing ? 1 : 0 })],
  };
}

function read(contentType: string, text: string, settings: BodySettings): BodyFound {
  if (isMetrics(contentType) || looksLikeMetrics(text)) return fromMetrics(text, settings);
  const isWanted = Object.keys(settings.json).length > 0 || settings.healthy !== null;
  if (isJson(contentType) || isWanted || /^\s*[{[]/.test(text)) {
    const value = parseJson(text);
    if (value !== undefined) return fromJson(value, settings);
    if (isJson(contentType) || (isWanted && settings.healthy !== false)) {
      const message = `the body is not valid JSON (${contentType.slice(0, 80) || 'no content type'})`;
      return { failure: { class: 'protocol', message }, samples: [], facts: {} };
    }
  }
  if (settings.metrics.length > 0) return fromMetrics(text, settings);
  return judged(settings.healthy === false ? null : verdictOfText(text), [], []);
}

function judged(verdict: Verdict | null, samples: readonly Sample[], partial: readonly string[]): BodyFound {
  const { is = 'ok', word = null } = verdict ?? {};
  return {
    failure: is === 'down' ? { class: 'status', message: `the body says ${JSON.stringify(word)}` } : null,
    samples: [
      ...samples,
      ...gauges({
        db_pool_exhausted: isPoolExhausted(samples),
        probe_degraded: word === null ? null : is === 'degraded' ? 1 : 0,
      }),
    ],
    facts: { ...(partial.length > 0 && { partial: partial.join('; ') }), ...(word !== null && { health: word }) },
  };
}

function fromMetrics(text: string, settings: BodySettings): BodyFound {
  const { samples, skipped, names } = parseMetrics(text, new Set([...Object.keys(ALIASES), ...settings.metrics]));
  const missing = settings.metrics.filter((name) => !names.has(name));
  return judged(null, samples, [
    ...(skipped > 0 ? [`${skipped} series could not be read or were too many`] : []),
    ...(missing.length > 0 ? [`no series of ${missing.join(', ')}`] : []),
  ]);
}

function fromJson(body: unknown, settings: BodySettings): BodyFound {
  const at = (path: string): unknown => valueAt(body, parsePath(path) ?? []);
  const mapped = Object.entries(settings.json).map(([metric, path]) => ({ metric, path, value: numberOf(at(path)) }));
  const missing = mapped.filter(({ value }) => value === null).map(({ metric, path }) => `${metric} (${path})`);
  const aliased = Object.entries(ALIASES)
    .filter(([metric]) => !(metric in settings.json))
    .map(([metric, paths]) => ({
      metric,
      value: paths.map(at).find((value): value is number => Number.isFinite(value)),
    }));
  const samples = [...mapped, ...aliased].flatMap(({ metric, value }) =>
    (isCounter(metric) ? counters : gauges)({ [metric]: value }),
  );
  const partial = missing.length > 0 ? [`no number in the body for ${missing.join(', ')}`] : [];
  return judged(verdictOf(body, settings.healthy), samples, partial);
}

/** 1 when requests wait, no connection is idle and the pool is at its maximum; null when the body does not say. */
function isPoolExhausted(samples: readonly Sample[]): number | null {
  const value = (metric: string): number | undefined => samples.find((sample) => sample.metric === metric)?.value;
  const [total, idle, waiting, max] = ['total', 'idle', 'waiting', 'max'].map((part) => value(`db_pool_${part}`));
  if (total === undefined || idle === undefined || waiting === undefined || max === undefined) return null;
  return waiting > 0 && idle === 0 && total >= max ? 1 : 0;
}
