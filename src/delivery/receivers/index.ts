/** Every kind of receiver, loaded when one is configured. */
import type { ReceiverKind } from '../receiver.ts';

export const RECEIVER_KINDS: Readonly<Record<string, () => Promise<ReceiverKind>>> = {
  webhook: async () => (await import('./webhook.ts')).default,
};
