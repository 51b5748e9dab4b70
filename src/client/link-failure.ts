/** Why there is no connection to a hub, in words. */

const NOBODY = 'nobody listens there';

export const IMPOSTOR =
  'what listens there is not this machine’s hub: it does not know the token, which was not sent; see what it is, "warroom hub" starts ours';
export const UNKNOWN_TOKEN =
  'the hub does not know this token (unknown, expired or revoked: ask for a new invitation), or it is no hub; the token was not sent';
export const UNPROVEN = 'it does not prove that it knows the token, which was not sent';
export const UNPROVABLE = `${UNPROVEN}: upgrade warroom where the hub runs, if it is a hub`;
/** Reasons that mean this machine's hub is not there yet, so that waiting for an answer is useless. */
export const AWAY: readonly string[] = [NOBODY, IMPOSTOR, UNPROVABLE];

/** By the code of a system error, which says more than its message. */
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
/** How a hub with TLS reacts to a connection without. */
const TLS_CODES = /^(?:HPE_|ECONNRESET$)/;

export function linkFailureWords(error: unknown, url: string): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (UNTRUSTED_CODES.test(code)) return UNTRUSTED;
  if (TLS_CODES.test(code)) {
    const hint = url.startsWith('ws:') ? '; if the hub has a certificate, write wss:// instead of ws://' : '';
    return `${code === 'ECONNRESET' ? 'the line was cut' : 'what answers there is no hub without TLS'}${hint}`;
  }
  return FAILURES[code] ?? (error.message || code || 'unknown error');
}
