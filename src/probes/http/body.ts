/** What the body of an answer says: metrics from JSON or from Prometheus text, and whether it calls itself healthy. */
import type { Failure } from '../failure.ts';
import { Samples } from '../session.ts';
import { verdictOf, verdictOfText, type Healthy, type Verdict } from './health-verdict.ts';
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
  /** Where the body says that it is healthy, and how; null: by common keys and words. */
  readonly healthy: Healthy | null;
}
interface BodyFound {
  readonly failure: Failure | null;
  readonly samples: readonly Sample[];
  readonly facts: Readonly<Record<string, string>>;
}

/** Bytes of a body that are read: health bodies are small, pages of metrics are not. */
export const limitOf = (contentType: string, { metrics }: BodySettings): number =>
  (isMetrics(contentType) || metrics.length > 0 ? 5 : 1) * 2 ** 20;

const isMetrics = (contentType: string): boolean =>
  /^application\/openmetrics-text|^text\/plain\b.*\bversion=\d/i.test(contentType);
/** Some servers send pages of metrics under another content type. */
const looksLikeMetrics = (text: string): boolean => /^\s*# (?:HELP|TYPE|UNIT) /.test(text.slice(0, 1000));
const isJson = (contentType: string): boolean => /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType);

/** Reads what the settings ask for. A body that contradicts its content type is a failure of class `protocol`. */
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
  if (isMetrics(contentType) || looksLikeMetrics(text)) return fromMetrics(text, settings);
  const wanted = Object.keys(settings.json).length > 0 || settings.healthy !== null;
  if (isJson(contentType) || wanted || /^\s*[{[]/.test(text)) {
    const value = parseJson(text);
    if (value !== undefined) return fromJson(value, settings);
    if (isJson(contentType) || (wanted && settings.healthy !== false)) return invalid(contentType);
  }
  if (settings.metrics.length > 0) return fromMetrics(text, settings);
  return judged(settings.healthy === false ? null : verdictOfText(text), [], {});
}

/** What was read, and whether the body calls its service ill. */
function judged(
  verdict: Verdict | null,
  samples: readonly Sample[],
  facts: Readonly<Record<string, string>>,
): BodyFound {
  const isSaid = verdict !== null && verdict.word !== null;
  const isDown = verdict?.is === 'down';
  const failure: Failure = { class: 'status', message: `the body says ${JSON.stringify(verdict?.word)}` };
  const health = new Samples();
  if (isSaid) health.gauge('probe_degraded', verdict.is === 'degraded' ? 1 : 0);
  return {
    failure: isDown ? failure : null,
    samples: [...withPool(samples), ...health.list],
    facts: { ...facts, ...(isSaid && { health: verdict.word ?? '' }) },
  };
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
  const { samples, skipped, names } = parseMetrics(text, new Set([...Object.keys(ALIASES), ...settings.metrics]));
  const missing = settings.metrics.filter((name) => !names.has(name));
  const partial = [
    ...(skipped > 0 ? [`${skipped} series could not be read or were too many`] : []),
    ...(missing.length > 0 ? [`no series of ${missing.join(', ')}`] : []),
  ];
  return judged(null, samples, partial.length > 0 ? { partial: partial.join('; ') } : {});
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
  return judged(verdictOf(body, settings.healthy), samples.list, facts);
}

/** Adds `db_pool_exhausted`: requests wait, no connection is idle, and the pool is at its maximum. */
function withPool(samples: readonly Sample[]): readonly Sample[] {
  const value = (metric: string): number | undefined => samples.find((sample) => sample.metric === metric)?.value;
  const [total, idle, waiting, max] = ['total', 'idle', 'waiting', 'max'].map((part) => value(`db_pool_${part}`));
  if (total === undefined || idle === undefined || waiting === undefined || max === undefined) return samples;
  const derived = new Samples();
  derived.gauge('db_pool_exhausted', waiting > 0 && idle === 0 && total >= max ? 1 : 0);
  return [...samples, ...derived.list];
}
