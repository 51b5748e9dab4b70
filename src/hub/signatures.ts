/** Requests that systems outside sign: who has the secret sent exactly these bytes. */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isSameProof } from '../protocol/handshake.ts';
import { HttpRefusal, type IncomingRequest } from './http-body.ts';
import type { HubContext } from './hub-context.ts';

/** `setting`: of the secret, in warroom.yaml. */
const SYSTEMS = {
  slack: { name: 'Slack', setting: 'slack: signing_secret:', header: 'x-slack-signature', prefix: 'v0=' },
  // It signs with every secret that is valid while one is replaced, separated by commas.
  pagerduty: {
    name: 'PagerDuty',
    setting: 'pagerduty: webhook_secret:',
    header: 'x-pagerduty-signature',
    prefix: 'v1=',
  },
  github: { name: 'GitHub', setting: 'github: webhook_secret:', header: 'x-hub-signature-256', prefix: 'sha256=' },
};

/** Requests are older or newer than this at most, where the signature says when they were sent; ms. */
const CLOCK_MS = 5 * 60_000;

/** The body of a request, once its signature is that of `system`. Rejects with a refusal. */
export async function signedBody(
  system: keyof typeof SYSTEMS,
  { headers, body }: IncomingRequest,
  { settings, clock }: Pick<HubContext, 'settings' | 'clock'>,
  most?: number,
): Promise<Buffer> {
  const secret = settings.current.secrets?.[system] ?? null;
  if (secret === null) throw new HttpRefusal(404, `warroom.yaml has no ${SYSTEMS[system].setting}`);
  const bytes = await body(most);
  const fault = signatureFault(system, headers, bytes, secret, clock.wall());
  if (fault !== null) throw new HttpRefusal(401, fault);
  return bytes;
}

/** Why the request is not of `system`, or not of now; null: it is. `now`: ms since 1970. */
export function signatureFault(
  system: keyof typeof SYSTEMS,
  headers: IncomingHttpHeaders,
  body: Buffer,
  secret: string,
  now: number,
): string | null {
  const { name, header, prefix } = SYSTEMS[system];
  const shown = textOf(headers, header);
  // Slack says when it sent the request, and signs that, too.
  const sentAt = system === 'slack' ? textOf(headers, 'x-slack-request-timestamp') : null;
  if (shown === '' || (sentAt !== null && !/^\d{1,12}$/.test(sentAt))) return `the request is not signed by ${name}`;
  const mac = createHmac('sha256', secret);
  if (sentAt !== null) mac.update(`v0:${sentAt}:`);
  const expected = `${prefix}${mac.update(body).digest('hex')}`;
  if (!shown.split(',').some((one) => isSameProof(one.trim(), expected)))
    return 'the signature was not made with the secret that this hub has';
  return sentAt === null || Math.abs(now - Number(sentAt) * 1000) <= CLOCK_MS
    ? null
    : 'the request is more than 5 minutes old, or the clock of this hub is wrong';
}

const textOf = (headers: IncomingHttpHeaders, name: string): string => String(headers[name] ?? '').slice(0, 4_096);
