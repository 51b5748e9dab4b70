/** Reads the wanted metrics of a page in Prometheus' text format 0.0.4 or in OpenMetrics. */
import type { Sample } from '../../protocol/reading.ts';

/** Limit of series of one name: panels cannot show more, and rules would be slow. */
const MOST_SERIES = 1000;
/** Limit of a line, characters. */
const LONGEST = 16_384;

interface Metrics {
  readonly samples: readonly Sample[];
  /** Lines that cannot be parsed, and series beyond the limit. */
  readonly skipped: number;
  /** The wanted names that the page has, also without a sample: NaN is no value. */
  readonly names: ReadonlySet<string>;
}

const LABEL = /\s*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)")\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\}))/y;
/** A name with other characters than a word's is quoted within the braces, before the labels. */
const QUOTED_NAME = /\{\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\}))/y;
const TYPE = /^# TYPE (?:"([^"]*)"|(\S+)) (\S+)/;
/** Value, optional timestamp, optional exemplar. */
const VALUE = /^\s*(\S+)(?:\s+[\d.+-]\S*)?(?:\s+#.*)?$/;

/**
 * `wanted`: names of metrics; `_total` of a counter is optional. A page may have 100,000 lines and is read every second,
 * so that lines of other metrics are skipped after their name.
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
    // NaN and infinities mean that there is no value.
    else if (Number.isFinite(line.value)) samples.push({ metric, ...line, type: typeOf(name, types) });
  }
  return { samples, skipped, names: new Set(series.keys()) };
}

function afterBlanks(text: string, from: number): number {
  let to = from;
  while (text[to] === ' ' || text[to] === '\t') to++;
  return to;
}

/** The name in the line at `from`, empty for none; its braces or, after a quoted name, its labels begin at `labelsAt`. */
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

/** OpenMetrics declares the type of the name without `_total`. Untyped names that end so are counters by convention. */
function typeOf(name: string, types: ReadonlyMap<string, string>): Sample['type'] {
  const type = types.get(name) ?? types.get(name.replace(/_total$/, '')) ?? 'untyped';
  const isUntyped = type === 'untyped' || type === 'unknown';
  return type === 'counter' || (isUntyped && name.endsWith('_total')) ? 'counter' : 'gauge';
}

/** Labels and value; null for a malformed line. */
function parseLine(line: string, labelsAt: number): Pick<Sample, 'labels' | 'value'> | null {
  const labelled = parseLabels(line, labelsAt);
  const text = labelled === null ? undefined : VALUE.exec(line.slice(labelled.end))?.[1];
  if (labelled === null || text === undefined) return null;
  const value = Number(text.replace(/^([+-]?)Inf$/i, '$1Infinity'));
  return Number.isNaN(value) && !/^nan$/i.test(text) ? null : { labels: labelled.labels, value };
}

const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };
const unescaped = (text: string): string => text.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape);

/** The labels in braces at `from`, and where they end; null for malformed ones. */
function parseLabels(line: string, from: number): { labels: Record<string, string>; end: number } | null {
  // A line that begins with a brace has its name in there, and the labels follow.
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
