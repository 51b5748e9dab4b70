/** Waits for what a client comes to know. */
import type { Client } from './client.ts';

/** What `look` finds, asked again at every change of the client; null when that takes longer than `ms`. */
export function until<T>(client: Pick<Client, 'onChange'>, look: () => T | null, ms: number): Promise<T | null> {
  return new Promise((resolve) => {
    const end = (found: T | null): void => {
      clearTimeout(timer);
      off();
      resolve(found);
    };
    const check = (): void => {
      const found = look();
      if (found !== null) end(found);
    };
    const timer = setTimeout(() => end(null), ms);
    const off = client.onChange(check);
    check();
  });
}
