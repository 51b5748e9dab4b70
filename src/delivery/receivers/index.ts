/** Every kind of receiver, loaded when one is configured. */
import type { ReceiverKind } from '../receiver.ts';

export const RECEIVER_KINDS: Readonly<Record<string, () => Promise<ReceiverKind>>> = {
  alertmanager: async () => (await import('./alertmanager.ts')).default,
  ntfy: async () => (await import('./ntfy.ts')).default,
  pagerduty: async () => (await import('./pagerduty.ts')).default,
  slack: async () => (await import('./slack.ts')).default,
  smtp: async () => (await import('./smtp.ts')).default,
  'status-files': async () => (await import('./status-files.ts')).default,
  statuspage: async () => (await import('./statuspage.ts')).default,
  webhook: async () => (await import('./webhook.ts')).default,
};
