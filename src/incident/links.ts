/** Links to dashboards, traces and logs, made from templates of URLs such as `https://grafana.example/d/x?from={from}`. Pure. */
import type { Incident } from './incident.ts';
import { MINUTE } from './time.ts';

export interface LinkTemplate {
  readonly name: string;
  readonly url: string;
}
interface LinkValues {
  /** The time of the trouble, ms since 1970. */
  readonly from: number;
  readonly to: number;
  readonly incident: string;
  /** The target of the alert; absent: not known. */
  readonly target?: string;
  /** A correlation id; absent: there is none. */
  readonly id?: string;
}
interface FilledLink {
  readonly url: string;
  /** The placeholders for which there is nothing, left as they are. */
  readonly missing: readonly string[];
}

/** What a template may name. */
export const LINK_PLACEHOLDERS = ['from', 'from_s', 'from_iso', 'to', 'to_s', 'to_iso', 'target', 'id', 'incident'];

/** What happened shortly before is of interest, ms. */
const BEFORE = 15 * MINUTE;

/** The time window of an incident: from shortly before it began until now, or shortly after it ended. */
export function incidentWindow(
  { timestamps }: Pick<Incident, 'timestamps'>,
  now: number,
): Pick<LinkValues, 'from' | 'to'> {
  const { impactStartedAt, detectedAt, declaredAt, resolvedAt } = timestamps;
  const began = impactStartedAt ?? detectedAt ?? declaredAt;
  const ended = resolvedAt === null ? now : Math.min(now, Date.parse(resolvedAt) + BEFORE);
  return { from: (began === null ? now : Date.parse(began)) - BEFORE, to: ended };
}

/** `{from}` and `{to}` in ms, `{from_s}` in seconds, `{from_iso}`; `{target}`, `{id}`, `{incident}`. Values are encoded. */
export function fillLink(template: string, { from, to, ...named }: LinkValues): FilledLink {
  const times = { from, to };
  const values = new Map<string, string | undefined>(Object.entries(named));
  for (const [name, at] of Object.entries(times)) {
    values.set(name, String(Math.round(at)));
    values.set(`${name}_s`, String(Math.round(at / 1000)));
    values.set(`${name}_iso`, new Date(at).toISOString());
  }
  const missing: string[] = [];
  const url = template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values.get(name);
    if (value === undefined) missing.push(name);
    return value === undefined ? whole : encodeURIComponent(value);
  });
  return { url, missing };
}
