/** Every kind of receiver, loaded when one is configured. */
import type { ReceiverKind } from '../receiver.ts';

export const RECEIVER_KINDS: Readonly<Record<string, () => Promise<ReceiverKind>>> = {
  pagerduty: async () => (await import('./pagerduty.ts')).default,
  webhook: async () => (await import('./webhook.ts')).default,
};
