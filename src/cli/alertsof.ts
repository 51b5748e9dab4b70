/** The hub's alerts, waited for: they come right behind the welcome. */
import type { AlertView, SilenceView } from '../protocol/messages.ts';
import { EXIT, Exit } from './command.ts';
import type { Session } from './session.ts';

export interface Alerts {
  readonly alerts: readonly AlertView[];
  readonly silences: readonly SilenceView[];
  /** Rules that cannot be evaluated or make little sense. */
  readonly faults: readonly { readonly rule: string; readonly message: string }[];
}

/** How long the hub may take to tell them; ms. */
const ANSWER_MS = 5_000;

export function alertsOf({ client }: Pick<Session, 'client'>): Promise<Alerts> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      off();
      reject(new Exit(EXIT.unreachable, 'the hub does not say which alerts there are'));
    }, ANSWER_MS);
    const look = (): void => {
      const { alerts, silences, ruleFaults: faults } = client.view;
      if (alerts === null) return;
      clearTimeout(timer);
      off();
      resolve({ alerts, silences, faults });
    };
    const off = client.onChange(look);
    look();
  });
}
