/** What people do by hand because nobody outside was told. Pure. */
import { deliveryInWords, isMissing, type Delivery } from './deliveries.ts';
import { isEnded, type Incident } from './incident.ts';
import { isQuiet, type AskingAlert, type NextContext, type NextRuleItem } from './next-item.ts';

type Page = NonNullable<AskingAlert['paged']>[number];

/** Pages that nobody answered and that no receiver outside has taken. */
export function unheardPages({ paging, deliveries, status }: Incident, now: number): readonly NextRuleItem[] {
  if (isEnded({ status })) return [];
  const all = [...deliveries.open, ...deliveries.settled];
  return (paging?.pages ?? []).flatMap((page) => (page.answered ? [] : unheard(page, all, now)));
}

/** The same for alerts that belong to no incident. */
export const unheardAlertPages = ({ alerts = [], deliveries = [], now }: NextContext): readonly NextRuleItem[] =>
  alerts.flatMap((alert) => {
    if (isQuiet(alert, now) || (alert.incident ?? null) !== null) return [];
    const about = deliveries.filter((one) => one.alert?.name === alert.alert);
    return (alert.paged ?? []).flatMap((page) => unheard(page, about, now, ` for ${alert.summary}`));
  });

function unheard(
  { level, name, at }: Page,
  deliveries: readonly Delivery[],
  now: number,
  about = '',
): readonly NextRuleItem[] {
  const sent = deliveries.filter((one) => one.kind === 'page' && one.at === at);
  if (sent.length === 0 || !sent.every((one) => isMissing(one, now))) return [];
  const who = name === null ? `somebody for ${level}` : `${name} (${level})`;
  const text = `call ${who}${about}: ${sent.map(({ receiver }) => receiver).join(', ')} did not take the page`;
  return [{ what: 'call', text, dueAt: at, command: again(sent) }];
}

/** Words for the public that a receiver has not taken, or may not have, by receiver: they count as told here. */
export function untoldPublic({ deliveries: { open, settled } }: Incident, now: number): readonly NextRuleItem[] {
  const missing = [...settled, ...open].filter((one) => one.kind === 'update' && isMissing(one, now));
  return byReceiver(missing, (theirs, last) => {
    const what = theirs.length === 1 ? `public update #${last.about}` : `${theirs.length} public updates`;
    return `${what} ${last.state === 'in_doubt' ? 'may not have reached' : 'did not reach'} ${last.receiver}`;
  });
}

/** What else was given up, or may have arrived, by receiver. */
export function undelivered({ deliveries: { settled } }: Incident, now: number): readonly NextRuleItem[] {
  const missing = settled.filter((one) => one.kind !== 'page' && one.kind !== 'update' && isMissing(one, now));
  return byReceiver(missing, (theirs, last) => {
    const what = theirs.length === 1 ? deliveryInWords(last) : `${theirs.length} messages`;
    return `${last.receiver} ${last.state === 'in_doubt' ? 'may not have got' : 'did not get'} ${what}`;
  });
}

function byReceiver(
  missing: readonly Delivery[],
  inWords: (theirs: readonly Delivery[], last: Delivery) => string,
): readonly NextRuleItem[] {
  return [...new Set(missing.map(({ receiver }) => receiver))].map((name) => {
    const theirs = missing.filter(({ receiver }) => receiver === name);
    const last = theirs.at(-1)!;
    const why = last.lastError === undefined ? '' : `: ${last.lastError}`;
    return { what: 'deliver', text: `${inWords(theirs, last)}${why}`, command: again(theirs) };
  });
}

const again = (deliveries: readonly Delivery[]): string =>
  deliveries.length === 1 ? `warroom deliver again ${deliveries[0]?.id}` : 'warroom deliveries';
