/** Why there is no line to a hub, in words. */

/** Why the line is lost, when the machine answers and no hub does. */
const NOBODY = 'nobody listens there';

export const IMPOSTOR =
  'what listens there is not this machine’s hub: it does not know the token, which was not sent; see what it is, "warroom hub" starts ours';
export const UNKNOWN_TOKEN =
  'the hub does not know this token (unknown, expired or revoked: ask for a new invitation), or it is no hub; the token was not sent';
export const UNPROVEN = 'it does not prove that it knows the token, which was not sent';
export const UNPROVABLE = `${UNPROVEN}: upgrade warroom where the hub runs, if it is a hub`;
/** Why there is no hub yet where this machine's should be: waiting for an answer is of no use. */
export const AWAY: readonly string[] = [NOBODY, IMPOSTOR, UNPROVABLE];

/** What a system error means, by its code, which says more than its message. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: NOBODY,
  ENOTFOUND: 'the name is not known',
  EHOSTUNREACH: 'there is no way to that machine',
  ETIMEDOUT: 'no answer',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: write ws:// instead of wss://',
  EPROTO: 'it does not speak TLS: write ws:// instead of wss://',
};
const UNTRUSTED =
  'no authority that this machine trusts has signed its certificate; if you trust it, put the certificate, or that of its authority, into a file and set NODE_EXTRA_CA_CERTS=FILE';
const UNTRUSTED_CODES = /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER)/;
/** What a hub that speaks TLS does to somebody who does not. */
const TLS_CODES = /^(?:HPE_|ECONNRESET$)/;

/** Why there is no line to the hub at `url`, in words. */
export function failureWords(error: unknown, url: string): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNTRUSTED_CODES.test(code)) return UNTRUSTED;
  if (TLS_CODES.test(code)) {
    const hint = url.startsWith('ws:') ? '; if the hub has a certificate, write wss:// instead of ws://' : '';
    return `${code === 'ECONNRESET' ? 'the line was cut' : 'what answers there is no hub without TLS'}${hint}`;
  }
  return FAILURES[code] ?? (error.message || code || 'unknown error');
}
