/** Suggests a severity from the impact, with reasons (handbook, "Impact Matrix"). The commander decides. */
import * as v from 'valibot';
import { maybe, perKey, severityShape, whole, type Fields } from './shapes.ts';
import { isWorse, SEVERITIES, type Severity } from './severity.ts';

export const DATA_LOSS = ['no', 'risk', 'yes', 'unknown'] as const;
export const REVENUE = ['no', 'possible', 'yes', 'unknown'] as const;
export const WORKAROUND = ['easy', 'available', 'difficult', 'none', 'unknown'] as const;

const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
/** Percent of users, and minutes of downtime; what is left out stays as it was. */
export const impactShape = v.object({
  users: maybe(percent),
  dataLoss: maybe(v.picklist(DATA_LOSS)),
  revenue: maybe(v.picklist(REVENUE)),
  workaround: maybe(v.picklist(WORKAROUND)),
  minutes: maybe(whole(0)),
});
export type ImpactParts = Readonly<v.InferOutput<typeof impactShape>>;
/** What the advice looks at; `users` null: not known. */
export type Impact = Required<Pick<ImpactParts, 'dataLoss' | 'revenue' | 'workaround'>> & {
  readonly users: number | null;
};

/** `30 % of users, data loss no, revenue possible, workaround difficult, 12 min of downtime` */
export function impactInWords({ users, dataLoss, revenue, workaround, minutes }: ImpactParts): string {
  const said = [
    users === undefined ? '' : `${users} % of users`,
    dataLoss === undefined ? '' : `data loss ${dataLoss}`,
    revenue === undefined ? '' : `revenue ${revenue}`,
    workaround === undefined ? '' : `workaround ${workaround}`,
    minutes === undefined ? '' : `${minutes} min of downtime`,
  ].filter((part) => part !== '');
  return said.length === 0 ? 'not known' : said.join(', ');
}

/** What is known of the impact, for the advice. */
export const impactOf = ({ users, dataLoss, revenue, workaround }: ImpactParts): Impact => ({
  users: users ?? null,
  dataLoss: dataLoss ?? 'unknown',
  revenue: revenue ?? 'unknown',
  workaround: workaround ?? 'unknown',
});
/** Thresholds from `config/severities.yaml`, key `impact`. */
export const matrixShape = v.object({
  /** Lowest percentage of users of each severity; below all is SEV-3. */
  users: perKey(['SEV-0', 'SEV-1', 'SEV-2'], percent),
  dataLoss: severityShape,
  revenue: severityShape,
});
export type ImpactMatrix = Fields<typeof matrixShape>;
export const HANDBOOK_MATRIX: ImpactMatrix = {
  users: { 'SEV-0': 50, 'SEV-1': 20, 'SEV-2': 5 },
  dataLoss: 'SEV-0',
  revenue: 'SEV-1',
};

export interface Advice {
  readonly severity: Severity;
  readonly reasons: readonly string[];
  /** What would raise it one level; null at SEV-0. */
  readonly worseIf: string | null;
}

const worst = (a: Severity, b: Severity): Severity => (isWorse(a, b) ? a : b);
/** One level up, but never to SEV-0. */
const raise = (severity: Severity): Severity =>
  SEVERITIES[Math.max(Math.min(1, SEVERITIES.indexOf(severity)), SEVERITIES.indexOf(severity) - 1)] ?? severity;

/** The worst of users, data loss and revenue, raised once for no workaround and once for unknowns. */
export function advise(impact: Impact, matrix: ImpactMatrix = HANDBOOK_MATRIX): Advice {
  const reasons: string[] = [];
  let severity: Severity = 'SEV-3';
  if (impact.users !== null) {
    severity = band(impact.users, matrix);
    reasons.push(`${impact.users} % of users affected is ${severity}`);
  }
  if (impact.dataLoss === 'risk' || impact.dataLoss === 'yes') {
    reasons.push(`${impact.dataLoss === 'yes' ? 'data is lost' : 'data may be lost'}: ${matrix.dataLoss}`);
    severity = worst(severity, matrix.dataLoss);
  }
  if (impact.revenue === 'yes') {
    reasons.push(`revenue is hit: at least ${matrix.revenue}`);
    severity = worst(severity, matrix.revenue);
  }
  if (impact.workaround === 'none') {
    const raised = raise(severity);
    reasons.push(
      raised === severity
        ? 'no workaround; that alone does not make it worse'
        : `no workaround: one level up, ${raised}`,
    );
    severity = raised;
  }
  const unknown: string[] = [];
  if (impact.users === null) unknown.push('users affected');
  if (impact.dataLoss === 'unknown') unknown.push('data loss');
  if (unknown.length > 0) {
    const raised = raise(severity);
    reasons.push(
      `${unknown.join(' and ')} not known: assume the worse${raised === severity ? '' : `, one level up, ${raised}`}`,
    );
    severity = raised;
  }
  return { severity, reasons, worseIf: worseIf(severity, matrix) };
}

function band(users: number, { users: bands }: ImpactMatrix): Severity {
  for (const severity of ['SEV-0', 'SEV-1', 'SEV-2'] as const) if (users >= bands[severity]) return severity;
  return 'SEV-3';
}

function worseIf(severity: Severity, matrix: ImpactMatrix): string | null {
  if (severity === 'SEV-0') return null;
  const next = SEVERITIES[SEVERITIES.indexOf(severity) - 1];
  if (next === undefined || next === 'SEV-3') return null;
  const also = [matrix.dataLoss === next && 'a risk of data loss', matrix.revenue === next && 'lost revenue'];
  return `${next} would need at least ${matrix.users[next]} % of users${also.map((more) => (more === false ? '' : `, or ${more}`)).join('')}`;
}
