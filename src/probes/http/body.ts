/** What the body of an answer says: metrics from JSON or from Prometheus text, and whether it calls itself healthy. */
import type { Failure } from '../failure.ts';
import { Samples } from '../session.ts';
import { ALIASES, isCounter, numberOf, parsePath, valueAt } from './json-path.ts';
import { parseMetrics } from './metrics-page.ts';
import type { Sample } from '../../protocol/reading.ts';

export interface BodySettings {
  /** Metric -> path into a JSON body; comes before the built-in aliases. */
  readonly json: Readonly<Record<string, string>>;
  /** Names taken from a page of metrics, besides the built-in ones. */
  readonly metrics: readonly string[];
  /** Text the body must contain. */
  readonly contains: string | null;
}
export interface BodyFound {
  readonly failure: Failure | null;
  readonly samples: readonly Sample[];
  readonly facts: Readonly<Record<string, string>>;
}

/** Bytes of a body that are read: health bodies are small, pages of metrics are not. */
export const limitOf = (contentType: string): number => (isMetrics(contentType) ? 5 : 1) * 2 ** 20;

const isMetrics = (contentType: string): boolean =>
  /^application\/openmetrics-text|^text\/plain\b.*\bversion=0\.0\.4/i.test(contentType);
const isJson = (contentType: string): boolean => /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);

/** Reads what the settings ask for. A body that is not what it says it is, is a failure of class `protocol`. */
export function readBody(contentType: string, body: Buffer, settings: BodySettings): BodyFound {
  const text = body.toString('utf8');
  const found = read(contentType, text, settings);
  if (settings.contains === null) return found;
  const samples = new Samples();
  const missing = !text.includes(settings.contains);
  samples.gauge('probe_failed_due_to_regex', missing ? 1 : 0);
  const failure: Failure = {
    class: 'status',
    message: `the body does not contain ${JSON.stringify(settings.contains)}`,
  };
  return {
    ...found,
    failure: found.failure ?? (missing ? failure : null),
    samples: [...found.samples, ...samples.list],
  };
}

function read(contentType: string, text: string, settings: BodySettings): BodyFound {
  if (isMetrics(contentType)) return fromMetrics(text, settings);
  const wanted = Object.keys(settings.json).length > 0;
  if (isJson(contentType) || wanted || text.trimStart().startsWith('{')) {
    const value = parseJson(text);
    if (value !== undefined) return fromJson(value, settings);
    if (isJson(contentType) || wanted) return invalid(contentType);
  }
  return { failure: null, samples: [], facts: {} };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const invalid = (contentType: string): BodyFound => ({
  failure: {
    class: 'protocol',
    message: `the body is not valid JSON (${contentType.slice(0, 80) || 'no content type'})`,
  },
  samples: [],
  facts: {},
});

function fromMetrics(text: string, settings: BodySettings): BodyFound {
  const { samples, skipped } = parseMetrics(text, new Set([...Object.keys(ALIASES), ...settings.metrics]));
  const facts: Record<string, string> = {};
  if (skipped > 0) facts['partial'] = `${skipped} series could not be read or were too many`;
  return { failure: null, samples: withPool(samples), facts };
}

function fromJson(body: unknown, settings: BodySettings): BodyFound {
  const samples = new Samples();
  const missing: string[] = [];
  const add = (metric: string, value: number | null): void =>
    isCounter(metric) ? samples.counter(metric, value) : samples.gauge(metric, value);

  for (const [metric, path] of Object.entries(settings.json)) {
    const value = numberOf(valueAt(body, parsePath(path) ?? []));
    if (value === null) missing.push(`${metric} (${path})`);
    add(metric, value);
  }
  for (const [metric, paths] of Object.entries(ALIASES)) {
    if (metric in settings.json) continue;
    const values = paths.map((path) => valueAt(body, parsePath(path) ?? []));
    add(
      metric,
      values.map((value) => (typeof value === 'number' ? numberOf(value) : null)).find((n) => n !== null) ?? null,
    );
  }
  const facts: Record<string, string> = {};
  if (missing.length > 0) facts['partial'] = `no number in the body for ${missing.join(', ')}`;
  const word = healthWord(body);
  if (word !== null) facts['health'] = word;
  return { failure: unhealthy(word), samples: withPool(samples.list), facts };
}

const HEALTH_KEYS = ['status', 'ok', 'healthy'];
const SICK = /^(?:false|down|fail(?:ed|ing)?|error|unhealthy|critical|crit|out_of_service|unavailable|not[ _]ok)$/i;

/** What the body calls its own state; null when it says nothing. */
function healthWord(body: unknown): string | null {
  for (const key of HEALTH_KEYS) {
    const value = valueAt(body, [key]);
    if (typeof value === 'boolean') return value ? 'ok' : 'not ok';
    if (typeof value === 'string') return value.slice(0, 40);
  }
  return null;
}

const unhealthy = (word: string | null): Failure | null =>
  word !== null && SICK.test(word) ? { class: 'status', message: `the body says ${JSON.stringify(word)}` } : null;

/** An application's pool is exhausted when somebody waits, nothing is idle and it may not grow. */
function withPool(samples: readonly Sample[]): readonly Sample[] {
  const value = (metric: string): number | undefined => samples.find((sample) => sample.metric === metric)?.value;
  const [total, idle, waiting, max] = ['total', 'idle', 'waiting', 'max'].map((part) => value(`db_pool_${part}`));
  if (total === undefined || idle === undefined || waiting === undefined || max === undefined) return samples;
  const derived = new Samples();
  derived.gauge('db_pool_exhausted', waiting > 0 && idle === 0 && total >= max ? 1 : 0);
  return [...samples, ...derived.list];
}
