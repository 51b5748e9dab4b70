/** Reads the wanted metrics of a page in Prometheus' text format 0.0.4 or in OpenMetrics. */
import type { Sample } from '../../protocol/reading.ts';

/** Limit of series of one name: panels cannot show more, and rules would be slow. */
const MOST_SERIES = 1000;
const LONGEST = 16_384;

interface Metrics {
  readonly samples: readonly Sample[];
  /** Lines that cannot be parsed, and series beyond the limit. */
  readonly skipped: number;
  /** The wanted names that the page has, also without a sample: NaN is no value. */
  readonly names: ReadonlySet<string>;
}

/** Blanks, then a name; one that is no word is quoted within the braces, before the labels. */
const NAME = /[ \t]*(?:([\w:]+)|\{\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\})))?/y;
const LABEL = /\s*(?:([A-Za-z_]\w*)|"((?:[^"\\]|\\.)*)")\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*|(?=\}))/y;
const TYPE = /^# TYPE (?:"([^"]*)"|(\S+)) (\S+)/;
/** Value, optional timestamp, optional exemplar. */
const VALUE = /^\s*(\S+)(?:\s+[\d.+-]\S*)?(?:\s+#.*)?$/;

/** `wanted`: names; `_total` of a counter is optional. Other lines are skipped fast: a page may have 100,000 of them. */
export function parseMetrics(text: string, wanted: ReadonlySet<string>): Metrics {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const metrics = new Map<string, string | null>();
  const series = new Map<string, number>();
  let skipped = 0;
  for (let from = 0, to = 0; from < text.length; from = to + 1) {
    const end = text.indexOf('\n', from);
    to = end < 0 ? text.length : end;
    NAME.lastIndex = from;
    const [, bare, quoted] = NAME.exec(text) ?? [];
    const start = NAME.lastIndex;
    if ((bare ?? quoted) === undefined && text.startsWith('# TYPE ', start)) {
      const [, quotedName, bareName, type] = TYPE.exec(text.slice(start, Math.min(to, start + LONGEST))) ?? [];
      if (type !== undefined) types.set(quotedName ?? bareName ?? '', type);
      continue;
    }
    const name = bare ?? unescaped(quoted ?? '');
    if (!metrics.has(name)) metrics.set(name, wantedName(name, wanted));
    const metric = metrics.get(name) ?? null;
    if (metric === null) continue;
    const count = (series.get(metric) ?? 0) + 1;
    series.set(metric, count);
    const isReadable = count <= MOST_SERIES && to - from <= LONGEST;
    const line = isReadable ? parseLine(text.slice(start, to).trimEnd(), quoted !== undefined) : null;
    if (line === null) skipped++;
    else if (Number.isFinite(line.value)) samples.push({ metric, ...line, type: typeOf(name, types) });
  }
  return { samples, skipped, names: new Set(series.keys()) };
}

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

const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };
const unescaped = (text: string): string => text.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape);

/** Labels and value after the name, which a quoted one has within the braces; null for a malformed line. */
function parseLine(line: string, isInBraces: boolean): Pick<Sample, 'labels' | 'value'> | null {
  const labels: [string, string][] = [];
  let at = 0;
  if (isInBraces || line.startsWith('{')) {
    if (!isInBraces) at++;
    for (; line[at] !== '}'; at = LABEL.lastIndex) {
      LABEL.lastIndex = at;
      const [label, name, quotedName = '', value = ''] = LABEL.exec(line) ?? [];
      if (label === undefined) return null;
      labels.push([name ?? unescaped(quotedName), unescaped(value)]);
    }
    at++;
  }
  const text = VALUE.exec(line.slice(at))?.[1];
  if (text === undefined) return null;
  const value = Number(text.replace(/^([+-]?)Inf$/i, '$1Infinity'));
  return Number.isNaN(value) && !/^nan$/i.test(text) ? null : { labels: Object.fromEntries(labels), value };
}
