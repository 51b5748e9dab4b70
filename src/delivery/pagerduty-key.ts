/** What PagerDuty knows a matter by. */
import { createHash } from 'node:crypto';

const LONGEST = 255;

/** The `dedup_key` of events and the `incident_key` of webhooks. */
export function pagerdutyKey(subject: string): string {
  const key = `warroom/${subject}`;
  return key.length <= LONGEST ? key : `warroom/${createHash('sha256').update(subject).digest('hex')}`;
}
