/** Reads metrics in Prometheus' text format 0.0.4 and in OpenMetrics: only the names asked for. */
import type { Sample } from '../../protocol/reading.ts';

/** Series of one name beyond this number are left out: panels cannot show them, and rules would be slow. */
const MOST_SERIES = 1000;
/** No line of a metric is longer than this, in characters. */
const LONGEST = 16_384;

/** Lines that cannot be read are skipped; `skipped` counts them and the series beyond the limit. */
export interface Metrics {
  readonly samples: readonly Sample[];
  readonly skipped: number;
  /** The wanted names that the page has, as they were asked for. A series may be there without a number: NaN is none. */
  readonly names: ReadonlySet<string>;
}

const LABEL = /\s*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)")\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\}))/y;
/** A name that is no word stands in the braces, quoted, before the labels. */
const QUOTED_NAME = /\{\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\}))/y;
const TYPE = /^# TYPE (?:"([^"]*)"|(\S+)) (\S+)/;
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
    const start = afterBlanks(text, from);
    if (text.startsWith('# TYPE ', start)) {
      const [, quoted, bare, type] = TYPE.exec(text.slice(start, Math.min(to, start + LONGEST))) ?? [];
      if (type !== undefined) types.set(quoted ?? bare ?? '', type);
      continue;
    }
    const { name, labelsAt } = nameAt(text, start);
    if (!metrics.has(name)) metrics.set(name, wantedName(name, wanted));
    const metric = metrics.get(name) ?? null;
    if (metric === null) continue;
    const count = (series.get(metric) ?? 0) + 1;
    series.set(metric, count);
    const isReadable = count <= MOST_SERIES && to - start <= LONGEST;
    const line = isReadable ? parseLine(text.slice(start, to).trimEnd(), labelsAt - start) : null;
    if (line === null) skipped++;
    // NaN and infinities say that there is no value.
    else if (Number.isFinite(line.value)) samples.push({ metric, ...line, type: typeOf(name, types) });
  }
  return { samples, skipped, names: new Set(series.keys()) };
}

function afterBlanks(text: string, from: number): number {
  let to = from;
  while (text[to] === ' ' || text[to] === '\t') to++;
  return to;
}

/** The name of the line at `from`, empty when there is none, and where its braces or, behind a quoted name, its labels begin. */
function nameAt(text: string, from: number): { readonly name: string; readonly labelsAt: number } {
  if (text[from] === '{') {
    QUOTED_NAME.lastIndex = from;
    const quoted = QUOTED_NAME.exec(text);
    return { name: unescaped(quoted?.[1] ?? ''), labelsAt: QUOTED_NAME.lastIndex };
  }
  let to = from;
  while (isNameCode(text.charCodeAt(to))) to++;
  return { name: text.slice(from, to), labelsAt: to };
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

/** Its labels and value; null when it cannot be read. */
function parseLine(line: string, labelsAt: number): Pick<Sample, 'labels' | 'value'> | null {
  const labelled = parseLabels(line, labelsAt);
  const text = labelled === null ? undefined : VALUE.exec(line.slice(labelled.end))?.[1];
  if (labelled === null || text === undefined) return null;
  const value = Number(text.replace(/^([+-]?)Inf$/i, '$1Infinity'));
  return Number.isNaN(value) && !/^nan$/i.test(text) ? null : { labels: labelled.labels, value };
}

const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };
const unescaped = (text: string): string => text.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape);

/** The labels in braces at `from`, and where they end; none without braces; null when they cannot be read. */
function parseLabels(line: string, from: number): { labels: Record<string, string>; end: number } | null {
  // A line that begins with a brace has its name in it, and its labels are what follows.
  if (line[from] !== '{' && line[0] !== '{') return { labels: {}, end: from };
  const labels: [string, string][] = [];
  let at = line[from] === '{' ? from + 1 : from;
  while (line[at] !== '}') {
    LABEL.lastIndex = at;
    const label = LABEL.exec(line);
    if (label === null) return null;
    labels.push([label[1] ?? unescaped(label[2] ?? ''), unescaped(label[3] ?? '')]);
    at = LABEL.lastIndex;
  }
  return { labels: Object.fromEntries(labels), end: at + 1 };
}
