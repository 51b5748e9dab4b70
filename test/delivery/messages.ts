/** Messages of every kind, plain and hostile, for receivers to send. */
import { isDigest, MESSAGE_KINDS, type MessageKind } from '../../src/incident/deliveries.ts';
import type { Message, SendContext } from '../../src/delivery/receiver.ts';

export const NOW = Date.parse('2026-11-27T03:00:00.000Z');
/** Stands in the settings of every receiver that has a secret, and must not be seen in an error. */
export const SECRET = 'whsec-0123456789abcdef-secret';
/** What strangers write: lines, controls, half a pair, markup, templates, and far too much. */
export const HOSTILE = `</b> *_~\`@channel <!here> \u001b[31m"quoted"\r\nBcc: evil@example.org\r\n\u0000\u202e{{x}} \${y} %s 🙂 \ud800 ${'long '.repeat(8_000)}`;

export function message(kind: MessageKind, change: Partial<Message> = {}): Message {
  return {
    id: '01KB0M3T5V7X9ZBDFHJKMNPQRS',
    kind,
    text: isDigest(kind)
      ? '# On-call hand-off: primary, ana to bob\n\n- [ ] Meet, or call each other'
      : `what was said of ${kind}`,
    at: '2026-11-27T02:59:30.000Z',
    by: 'ana',
    incident: isDigest(kind)
      ? null
      : {
          id: 'inc-20261127-0259-checkout',
          title: 'Checkout is down',
          severity: 'SEV-1',
          status: kind === 'resolved' ? 'resolved' : 'investigating',
          drill: false,
          declaredAt: '2026-11-27T02:59:00.000Z',
          startedAt: '2026-11-27T02:55:00.000Z',
        },
    alert: null,
    page:
      kind === 'page'
        ? {
            level: 'L1',
            name: 'ana',
            email: 'ana@example.org',
            acknowledgeUrl: 'https://hub.example.org/v1/ack/token-of-ana',
          }
        : null,
    update:
      kind === 'update'
        ? {
            state: 'identified',
            component: 'Checkout',
            impact: 'Payments fail',
            nextUpdateAt: '2026-11-27T03:30:00.000Z',
          }
        : null,
    url: 'https://hub.example.org/#inc-20261127-0259-checkout',
    again: false,
    ...change,
  };
}

/** The same with texts of strangers. */
export function hostile(kind: MessageKind, text = HOSTILE): Message {
  const plain = message(kind);
  return {
    ...plain,
    text,
    by: text,
    incident: plain.incident && { ...plain.incident, title: text },
    page: plain.page && { ...plain.page, name: text },
    update: plain.update && { ...plain.update, component: text, impact: text },
  };
}

const ALERT = { name: 'HighErrorRate', severity: 'SEV-1', since: '2026-11-27T02:50:00.000Z' } as const;

/** Every kind, of a drill, of an alert without an incident, without addresses, and hostile. */
export const messages = (kinds: readonly MessageKind[] = MESSAGE_KINDS): readonly Message[] =>
  kinds.flatMap((kind) => {
    const plain = message(kind);
    const { incident } = plain;
    const drill = message(kind, { incident: incident && { ...incident, drill: true }, alert: ALERT });
    const page = plain.page && { ...plain.page, email: null, acknowledgeUrl: null };
    const bare = message(kind, { incident: kind === 'test' ? null : incident, page, url: null });
    const ofAlert = ['page', 'acknowledged', 'resolved'].includes(kind)
      ? [
          message(kind, { incident: null, alert: ALERT, url: null }),
          { ...hostile(kind), incident: null, alert: { ...ALERT, name: HOSTILE } },
        ]
      : [];
    return [plain, drill, bare, hostile(kind), ...ofAlert];
  });

export const sendContext = (change: Partial<SendContext> = {}): SendContext => ({
  signal: new AbortController().signal,
  now: NOW,
  refs: {},
  onCallSlackIds: [],
  updates: async () => [],
  otherUpdates: async () => [],
  ...change,
});
