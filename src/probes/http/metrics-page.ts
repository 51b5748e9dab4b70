/** Reads metrics in Prometheus' text format 0.0.4 and in OpenMetrics: only the names asked for. */
import type { Sample } from '../../protocol/reading.ts';

/** More series than this of one name are left out: a panel cannot show them and a rule must not wait for them. */
const MOST_SERIES = 1000;
/** No line of a metric is longer than this, in characters. */
const LONGEST = 16_384;

/** Lines that cannot be read are skipped; `skipped` counts them and the series beyond the limit. */
export interface Metrics {
  readonly samples: readonly Sample[];
  readonly skipped: number;
}

const LABEL = /\s*([A-Za-z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\}))/y;
/** Value, perhaps a timestamp, perhaps an exemplar. */
const VALUE = /^\s*(\S+)(?:\s+[\d.+-]\S*)?(?:\s+#.*)?$/;

/**
 * `wanted` holds metric names; a counter may be asked for with or without `_total`. A page may have a hundred thousand
 * lines and comes every second, so lines of other metrics are passed over at their name.
 */
export function parseMetrics(text: string, wanted: ReadonlySet<string>): Metrics {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const metrics = new Map<string, string | null>();
  const series = new Map<string, number>();
  let skipped = 0;
  for (let from = 0, to = 0; from < text.length; from = to + 1) {
    const end = text.indexOf('\n', from);
    to = end < 0 ? text.length : end;
    if (text.startsWith('# TYPE ', from)) {
      const type = /^# TYPE (\S+) (\S+)/.exec(text.slice(from, Math.min(to, from + LONGEST)));
      if (type !== null) types.set(type[1] ?? '', type[2] ?? '');
      continue;
    }
    const name = nameAt(text, from);
    if (!metrics.has(name)) metrics.set(name, wantedName(name, wanted));
    const metric = metrics.get(name) ?? null;
    if (metric === null) continue;
    const count = (series.get(metric) ?? 0) + 1;
    series.set(metric, count);
    const isReadable = count <= MOST_SERIES && to - from <= LONGEST;
    const sample = isReadable ? parseLine(text.slice(from, to).trimEnd(), name, metric, typeOf(name, types)) : null;
    if (sample === null) skipped++;
    else samples.push(sample);
  }
  return { samples, skipped };
}

/** The name a line begins with; empty when it begins otherwise. */
function nameAt(text: string, from: number): string {
  let to = from;
  while (isNameCode(text.charCodeAt(to))) to++;
  return text.slice(from, to);
}

/** `[A-Za-z0-9_:]` */
const isNameCode = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 58) || code === 95;

function wantedName(name: string, wanted: ReadonlySet<string>): string | null {
  if (wanted.has(name)) return name;
  const bare = name.endsWith('_total') ? name.slice(0, -'_total'.length) : `${name}_total`;
  return wanted.has(bare) ? bare : null;
}

/** OpenMetrics gives the type under the name without `_total`. Untyped names ending so are counters by custom. */
function typeOf(name: string, types: ReadonlyMap<string, string>): Sample['type'] {
  const type = types.get(name) ?? types.get(name.replace(/_total$/, ''));
  if (type === 'counter') return 'counter';
  return name.endsWith('_total') && (type === undefined || type === 'untyped' || type === 'unknown')
    ? 'counter'
    : 'gauge';
}

function parseLine(line: string, name: string, metric: string, type: Sample['type']): Sample | null {
  const labelled = parseLabels(line, name.length);
  const text = labelled === null ? undefined : VALUE.exec(line.slice(labelled.end))?.[1];
  const value = Number(text?.replace(/^([+-]?)Inf$/i, '$1Infinity'));
  if (labelled === null || !Number.isFinite(value)) return null;
  return { metric, labels: labelled.labels, value, type };
}

const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** The labels in braces at `from`, and where they end; none without braces; null when they cannot be read. */
function parseLabels(line: string, from: number): { labels: Record<string, string>; end: number } | null {
  if (line[from] !== '{') return { labels: {}, end: from };
  const labels: [string, string][] = [];
  let at = from + 1;
  while (line[at] !== '}') {
    LABEL.lastIndex = at;
    const label = LABEL.exec(line);
    if (label === null) return null;
    labels.push([label[1] ?? '', (label[2] ?? '').replace(/\\./g, (escape) => ESCAPES[escape] ?? escape)]);
    at = LABEL.lastIndex;
  }
  return { labels: Object.fromEntries(labels), end: at + 1 };
}
