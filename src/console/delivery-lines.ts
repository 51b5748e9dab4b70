/** What became of deliveries, in lines. Pure. */
import { deliveryInWords, isMissing, type Delivery } from '../incident/deliveries.ts';
import { age } from '../incident/time.ts';
import { joinLines, span, type Line, type Span, type Tone } from '../terminal/text.ts';
import type { View } from './view.ts';

const deliveryTone = (delivery: Delivery, now: number): Tone => {
  if (delivery.state === 'failed' || delivery.state === 'in_doubt') return isMissing(delivery, now) ? 'crit' : 'dim';
  return delivery.state === 'delivered' ? 'ok' : isMissing(delivery, now) ? 'warn' : 'plain';
};

const ago = (at: string | null, now: number): string => `${age(Math.max(0, now - Date.parse(at ?? '')))} ago`;

/** `failed    pd: page L1            12s ago` */
export const deliveryLine = (delivery: Delivery, now: number, cols: number): Line =>
  joinLines(
    [
      span(delivery.state.replace('_', ' ').padEnd(10), deliveryTone(delivery, now)),
      span(`${delivery.receiver}: ${deliveryInWords(delivery)}`),
    ],
    [span(ago(delivery.settledAt ?? delivery.at, now), 'dim')],
    cols,
  );

/** Why it is not delivered, and how it goes on. */
export function whyNotDelivered({ state, lastError, retryAt, attempts, note }: Delivery, now: number): string {
  const tried = attempts > 1 ? `${attempts} attempts: ` : '';
  const next = retryAt === undefined ? '' : `; again in ${age(Math.max(0, Date.parse(retryAt) - now))}`;
  if (state === 'delivered') return note ?? '';
  return lastError === undefined ? 'it has not left yet, or no answer has come' : `${tried}${lastError}${next}`;
}

/** `pd delivered 3s ago`, `pd NOT DELIVERED: connection refused`, of the deliveries of a page. */
function outcomeOf(delivery: Delivery, now: number): Span {
  const { receiver, state, lastError, sentAt, settledAt, isSent } = delivery;
  if (state === 'delivered') return span(`${receiver} delivered ${ago(settledAt, now)}`, 'ok');
  if (lastError !== undefined) return span(`${receiver} NOT DELIVERED: ${lastError}`, 'crit', { bold: true });
  return isSent
    ? span(`sent to ${receiver} ${ago(sentAt, now)}, no answer yet`, 'warn')
    : span(`${receiver} not sent yet`, 'warn');
}

/** What became outside of the pages made at these moments; null: no receiver is told of them. */
export function pageOutside(
  { deliveries = [], now }: View,
  pages: readonly { readonly at: string }[],
  about: { readonly incident: string | null; readonly alert?: string | undefined },
): Line | null {
  const mine = deliveries.filter(
    ({ kind, at, incident, alert }) =>
      kind === 'page' &&
      pages.some((page) => page.at === at) &&
      (about.incident === null ? alert?.name === about.alert : incident === about.incident),
  );
  // What was not delivered matters most; of a receiver the newest page counts.
  const newest = new Map(mine.toSorted((a, b) => (a.at < b.at ? -1 : 1)).map((one) => [one.receiver, one]));
  const order = (one: Delivery): number => (one.state === 'delivered' ? 1 : 0);
  const all = [...newest.values()].toSorted((a, b) => order(a) - order(b)).map((one) => outcomeOf(one, now));
  return all.length === 0 ? null : all.flatMap((part, i) => (i === 0 ? [part] : [span('   '), part]));
}
