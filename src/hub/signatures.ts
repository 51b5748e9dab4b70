/** Signatures of requests by systems outside: who has the secret sent exactly these bytes. */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isSameProof } from '../protocol/handshake.ts';

/** Requests are older or newer than this at most, where the signature says when they were sent; ms. */
const CLOCK_MS = 5 * 60_000;

const hexMac = (secret: string, ...parts: readonly (string | Buffer)[]): string => {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(part);
  return mac.digest('hex');
};
const header = (headers: IncomingHttpHeaders, name: string): string => String(headers[name] ?? '').slice(0, 4_096);

/** Why the request is not Slack's, or not of now; null: it is. `now`: ms since 1970. */
export function slackFault(headers: IncomingHttpHeaders, body: Buffer, secret: string, now: number): string | null {
  const sentAt = header(headers, 'x-slack-request-timestamp');
  const shown = header(headers, 'x-slack-signature');
  if (!/^\d{1,12}$/.test(sentAt) || shown === '') return 'the request is not signed by Slack';
  if (!isSameProof(shown, `v0=${hexMac(secret, `v0:${sentAt}:`, body)}`))
    return 'the signature is not of the signing secret that this hub has';
  return Math.abs(now - Number(sentAt) * 1000) <= CLOCK_MS
    ? null
    : 'the request is more than 5 minutes old, or the clock of this hub is wrong';
}

/** The same for PagerDuty, which signs with every secret that is valid while one is replaced. */
export function pagerdutyFault(headers: IncomingHttpHeaders, body: Buffer, secret: string): string | null {
  const shown = header(headers, 'x-pagerduty-signature');
  if (shown === '') return 'the request is not signed by PagerDuty';
  const expected = `v1=${hexMac(secret, body)}`;
  return shown.split(',').some((one) => isSameProof(one.trim(), expected))
    ? null
    : 'no signature is of the secret that this hub has';
}

/** The same for GitHub. */
export function githubFault(headers: IncomingHttpHeaders, body: Buffer, secret: string): string | null {
  const shown = header(headers, 'x-hub-signature-256');
  if (shown === '') return 'the request is not signed by GitHub';
  return isSameProof(shown, `sha256=${hexMac(secret, body)}`)
    ? null
    : 'the signature is not of the secret that this hub has';
}
