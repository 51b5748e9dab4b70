/** What PagerDuty knows a matter by. */
import { createHash } from 'node:crypto';

/** PagerDuty takes 255; a round follows. */
const LONGEST = 240;

/**
 * The `dedup_key` of events and the `incident_key` of webhooks. `round`: another one after an acknowledgement, because
 * what is triggered under the key of an acknowledged alert calls nobody.
 */
export function pagerdutyKey(subject: string, round = 1): string {
  const whole = `warroom/${subject}`;
  const key = whole.length <= LONGEST ? whole : `warroom/${createHash('sha256').update(subject).digest('hex')}`;
  return round === 1 ? key : `${key}/${round}`;
}

/** Whether `key` is that of any round of `subject`. */
export const isPagerdutyKeyOf = (subject: string, key: string): boolean =>
  key.replace(/\/\d{1,4}$/, '') === pagerdutyKey(subject) || key === pagerdutyKey(subject);
