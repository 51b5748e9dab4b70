/** An incident as lists have it. */
import * as v from 'valibot';
import { heldShape, pagesShape } from '../incident/paging.ts';
import { incidentIdShape, maybe, severityShape, statusShape, time, whole, type Fields } from '../incident/shapes.ts';

const text = v.string();
const isSet = maybe(v.literal(true));

export const summaryShape = v.object({
  id: incidentIdShape,
  title: text,
  severity: severityShape,
  status: statusShape,
  drill: v.boolean(),
  declaredAt: text,
  lead: v.nullable(text),
  head: whole(0),
  /** Absent: it is not resolved, or ended in another way. */
  resolvedAt: maybe(time),
  /** Who is called for it; absent: nobody. */
  route: maybe(text),
  /** Somebody acknowledged it. */
  acked: isSet,
  /** Pages that are not answered. */
  paged: maybe(pagesShape),
  /** L2 is called then, unless somebody acknowledges. */
  escalatesAt: maybe(time),
  held: maybe(heldShape),
  /** It did not end where it ran, and is only read here. */
  imported: isSet,
});
export type IncidentSummary = Fields<typeof summaryShape>;
