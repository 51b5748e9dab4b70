/** What people do by hand because nobody outside was told. Pure. */
import { deliveryInWords, isMissing, type Delivery } from './deliveries.ts';
import { isEnded, type Incident } from './incident.ts';
import type { Instant } from './vocabulary.ts';

interface ByHand {
  readonly text: string;
  readonly command: string;
}

/** Pages that nobody answered and that no receiver outside has taken. */
export function unheardPages(
  { paging, deliveries, status }: Incident,
  now: number,
): readonly (ByHand & { readonly dueAt: Instant })[] {
  if (isEnded({ status })) return [];
  const all = [...deliveries.open, ...deliveries.settled];
  return (paging?.pages ?? []).flatMap(({ level, name, at, answered }) => {
    const sent = all.filter((one) => one.kind === 'page' && one.at === at);
    if (answered || sent.length === 0 || !sent.every((one) => isMissing(one, now))) return [];
    const who = name === null ? `somebody for ${level}` : `${name} (${level})`;
    const text = `call ${who}: ${sent.map(({ receiver }) => receiver).join(', ')} did not take the page`;
    return [{ text, dueAt: at, command: again(sent) }];
  });
}

/** What else was given up, or may have arrived, by receiver. */
export function undelivered({ deliveries: { settled } }: Incident, now: number): readonly ByHand[] {
  const missing = settled.filter((one) => one.kind !== 'page' && isMissing(one, now));
  return [...new Set(missing.map(({ receiver }) => receiver))].map((name) => {
    const theirs = missing.filter(({ receiver }) => receiver === name);
    const last = theirs.at(-1)!;
    const what = theirs.length === 1 ? deliveryInWords(last) : `${theirs.length} messages`;
    const got = last.state === 'in_doubt' ? 'may not have got' : 'did not get';
    return { text: `${name} ${got} ${what}: ${last.lastError ?? ''}`, command: again(theirs) };
  });
}

const again = (deliveries: readonly Delivery[]): string =>
  deliveries.length === 1 ? `warroom deliver again ${deliveries[0]?.id}` : 'warroom deliveries';
