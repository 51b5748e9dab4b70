/** Messages and the context of a delivery, as the worker makes them. */
import type { Message, SendContext } from '../../src/delivery/receiver.ts';

const INCIDENT: NonNullable<Message['incident']> = {
  id: '2026-11-23-websocket-servers-unreachable',
  title: 'WebSocket servers unreachable',
  severity: 'SEV-1',
  status: 'investigating',
  drill: false,
  declaredAt: '2026-11-23T14:02:00.000Z',
  startedAt: '2026-11-23T13:58:00.000Z',
};
let made = 0;

/** `incident` and `update` may be given in part. */
export function message(
  given: Partial<Omit<Message, 'incident' | 'update'>> & {
    readonly incident?: Partial<typeof INCIDENT> | null;
    readonly update?: Partial<NonNullable<Message['update']>> | null;
  } = {},
): Message {
  const { incident = {}, update = null, ...rest } = given;
  return {
    id: `01KAXDELIVERY${String(++made).padStart(13, '0')}`,
    kind: update === null ? 'entry' : 'update',
    text: 'ana: the pool of connections is full',
    at: '2026-11-23T14:05:00.000Z',
    by: 'ana',
    incident: incident === null ? null : { ...INCIDENT, ...incident },
    alert: null,
    page: null,
    update:
      update === null ? null : { state: 'investigating', component: null, impact: null, nextUpdateAt: null, ...update },
    url: null,
    again: false,
    ...rest,
  };
}

export const context = (given: Partial<SendContext> = {}): SendContext => ({
  signal: new AbortController().signal,
  now: Date.parse('2026-11-23T14:05:01.000Z'),
  refs: {},
  onCallSlackIds: [],
  updates: () => Promise.resolve([]),
  ...given,
});
