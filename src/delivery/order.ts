/** Which delivery goes next to each receiver. Pure. */
import type { Deliveries, Delivery } from '../incident/deliveries.ts';

interface Queue {
  readonly deliveries: Deliveries;
}
export interface NextDelivery<R extends Queue> {
  readonly record: R;
  readonly delivery: Delivery;
  /** Waiting ones that need not be sent any more, because `delivery` says that it is over. */
  readonly overtaken: readonly Delivery[];
}
export interface Rules {
  /** At most 0: now. */
  readonly dueInMs: (delivery: Delivery) => number;
  readonly isBusy: (receiver: string) => boolean;
  /** `resolved` makes up for all that waits before it. */
  readonly resolvesAll: (receiver: string) => boolean;
}

/**
 * At most one delivery per idle receiver: pages first, then the oldest. Within a record the order of the requests is kept;
 * only a page goes before others that have failed already. `nextInMs`: when the next one is due; Infinity: none waits for a
 * time.
 */
export function choose<R extends Queue>(
  records: readonly R[],
  { dueInMs, isBusy, resolvesAll }: Rules,
): { readonly due: readonly NextDelivery<R>[]; readonly nextInMs: number } {
  const best = new Map<string, NextDelivery<R>>();
  let nextInMs = Infinity;
  for (const record of records) {
    for (const [receiver, waiting] of byReceiver(record.deliveries.open)) {
      if (isBusy(receiver)) continue;
      const choices = resolvesAll(receiver) ? afterResolved(waiting) : [{ delivery: waiting[0]!, overtaken: [] }];
      const first = choices[0]!.delivery;
      const mayOvertake = first.attempts > 0 && first.kind !== 'resolved';
      const pages = mayOvertake ? waiting.filter((one) => one.kind === 'page' && one !== first) : [];
      const all = [...pages.map((delivery) => ({ delivery, overtaken: [] })), ...choices];
      const ready = all.find(({ delivery }) => dueInMs(delivery) <= 0);
      if (ready === undefined) {
        nextInMs = Math.min(nextInMs, ...all.map(({ delivery }) => dueInMs(delivery)));
        continue;
      }
      const before = best.get(receiver);
      if (before === undefined || goesBefore(ready.delivery, before.delivery)) best.set(receiver, { record, ...ready });
    }
  }
  return { due: [...best.values()], nextInMs };
}

function byReceiver(open: readonly Delivery[]): ReadonlyMap<string, readonly Delivery[]> {
  const found = new Map<string, Delivery[]>();
  for (const delivery of open) {
    const waiting = found.get(delivery.receiver);
    if (waiting === undefined) found.set(delivery.receiver, [delivery]);
    else waiting.push(delivery);
  }
  return found;
}

/** The last `resolved` instead of what waits before it about the same alert or incident. */
function afterResolved(waiting: readonly Delivery[]): readonly Omit<NextDelivery<Queue>, 'record'>[] {
  const first = waiting[0]!;
  const isSame = ({ alert }: Delivery): boolean =>
    alert?.name === first.alert?.name && alert?.since === first.alert?.since;
  const over = waiting.findLast((one) => one.kind === 'resolved' && isSame(one));
  const overtaken = over === undefined ? [] : waiting.slice(0, waiting.indexOf(over)).filter(isSame);
  return [{ delivery: over ?? first, overtaken }];
}

const goesBefore = (a: Delivery, b: Delivery): boolean =>
  a.kind === 'page' && b.kind !== 'page' ? true : a.kind !== 'page' && b.kind === 'page' ? false : a.at < b.at;
