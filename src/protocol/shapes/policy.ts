/** The organisation's numbers. */
import * as v from 'valibot';
import type { Policy } from '../../incident/policy.ts';
import { severityShape } from '../../incident/shapes.ts';

const span = v.pipe(v.number(), v.finite(), v.minValue(0));
const severityPolicy = v.object({ ackMs: span, responseMs: span, updateMs: v.nullable(span) });
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));

export const policyShape = v.object({
  severities: v.object({
    'SEV-0': severityPolicy,
    'SEV-1': severityPolicy,
    'SEV-2': severityPolicy,
    'SEV-3': severityPolicy,
  }),
  postmortemMs: span,
  ackExpiresMs: span,
  icAbsentMs: span,
  impact: v.object({
    users: v.object({ 'SEV-0': percent, 'SEV-1': percent, 'SEV-2': percent }),
    dataLoss: severityShape,
    revenue: severityShape,
  }),
}) satisfies v.GenericSchema<unknown, Policy>;
