/** Why a poll failed, as a class that panels and rules rely on. Classified by code, never by message text. */
import type { ErrorClass, Reading, Sample } from '../protocol/reading.ts';

export type Failure = NonNullable<Reading['error']>;
/** Class and message of a failure. */
export type Meaning = readonly [ErrorClass, string];

/** An error of a known class. */
export class ProbeFailure extends Error {
  readonly failure: Failure;
  /** Measured by the failure itself: a refusal because all slots are taken gives the number of slots in use. */
  readonly samples: readonly Sample[];
  constructor(failure: Failure, samples: readonly Sample[] = []) {
    super(failure.message);
    this.failure = failure;
    this.samples = samples;
  }
}

export const timedOut = (phase: string, ms: number): Failure => ({
  class: 'timeout',
  phase,
  message: `no answer within ${ms >= 1000 ? `${ms / 1000} s` : `${Math.round(ms)} ms`} (${phase})`,
});

/** The result of `work`. Rejects with class `timeout` after `ms` or when `signal` aborts; `work` itself goes on. */
export async function within<T>(work: Promise<T>, phase: () => string, ms: number, signal?: AbortSignal): Promise<T> {
  let giveUp = (): void => {};
  const late = new Promise<never>((_, reject) => {
    giveUp = () => reject(new ProbeFailure(timedOut(phase(), ms)));
  });
  const timer = setTimeout(giveUp, ms);
  signal?.addEventListener('abort', giveUp);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Errno of a socket, code of a name lookup or of a TLS handshake -> class and message. */
const CLASS_OF_CODE: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: ['refused', 'connection refused: nothing listens there'],
  EHOSTUNREACH: ['refused', 'no route to the host'],
  ENETUNREACH: ['refused', 'no route to the network'],
  ENOENT: ['refused', 'no such socket'],
  ENOTFOUND: ['dns', 'the name does not resolve'],
  EAI_AGAIN: ['dns', 'the name server does not answer'],
  EAI_FAIL: ['dns', 'the name server failed'],
  ETIMEDOUT: ['timeout', 'the connection timed out'],
  ECONNRESET: ['reset', 'the connection was reset'],
  EPIPE: ['reset', 'the connection was closed while writing'],
  ECONNABORTED: ['reset', 'the connection was aborted'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['tls_untrusted', 'the certificate is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['tls_untrusted', 'the certificate chain ends in an unknown authority'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['tls_untrusted', 'the certificate cannot be verified: an intermediate is missing'],
  UNABLE_TO_GET_ISSUER_CERT: ['tls_untrusted', 'the issuer of the certificate is unknown'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['tls_untrusted', 'the issuer of the certificate is unknown'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls_name', 'the certificate is for another name'],
  CERT_HAS_EXPIRED: ['tls_expired', 'the certificate has expired'],
  CERT_NOT_YET_VALID: ['tls', 'the certificate is not valid yet'],
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: [
    'tls',
    'the server wants a client certificate: give it as cert: and key:',
  ],
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: [
    'tls',
    'the server ended the handshake: perhaps it wants a client certificate',
  ],
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: ['tls', 'the server does not accept our client certificate'],
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: ['tls', 'the server does not accept our client certificate'],
  EPROTO: ['tls', 'the TLS handshake failed: is that a TLS port?'],
};

export function errorCodeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
}

/** The failure of a socket, a name lookup, a TLS handshake or an HTTP parser; null for any other error. */
export function networkFailure(error: unknown, phase?: string): Failure | null {
  const code = errorCodeOf(error);
  const known = CLASS_OF_CODE[code] ?? otherCode(code);
  return known === null ? null : { class: known[0], ...(phase !== undefined && { phase }), message: known[1] };
}

function otherCode(code: string): Meaning | null {
  if (/^ERR_(?:SSL|TLS)_/.test(code)) return ['tls', `the TLS handshake failed (${code})`];
  return code.startsWith('HPE_') ? ['protocol', `the answer is not HTTP (${code})`] : null;
}

export const unknownFailure = (error: unknown): Failure => ({
  class: 'unknown',
  message: error instanceof Error && error.message !== '' ? error.message : String(error),
});
