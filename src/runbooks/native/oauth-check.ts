/**
 * Asks an OAuth provider for a token with our own credentials and a code that cannot be right. What it objects to tells the
 * provider, our secret and our callback address apart.
 */
import { isObject } from '../../incident/event-codec.ts';
import { parseJson } from '../../incident/shapes.ts';
import { spanInWords } from '../../incident/time.ts';
import { phasesInWords, requestOf, sendStepRequest } from '../http-request.ts';
import { StepRefusal, type ObserveStep } from './step.ts';

const TIMEOUT_MS = 10_000;
const SLOW_MS = 3000;
/** A clock that is off by more breaks signatures and expiries. */
const SKEW_MS = 60_000;

/** GitHub's errors, which come with status 200, and those of RFC 6749, 5.2. */
const MEANS: Readonly<Record<string, string>> = {
  bad_verification_code: 'it is up, and takes our credentials and our callback address',
  invalid_grant: 'it is up, and takes our credentials; it objects to the code, as it should',
  incorrect_client_credentials: 'it is our secret: changed, revoked, or of another application',
  invalid_client: 'it is our secret: changed, revoked, or of another application',
  unauthorized_client: 'it is our application there: it may not do this',
  application_suspended: 'it is our application there: it is suspended',
  redirect_uri_mismatch: 'it is our callback address: not the one that is registered there',
};

/** `slowMs`, `timeoutMs`: an answer later than that is slow, or none. */
export const oauthCheck =
  (slowMs: number, timeoutMs: number): ObserveStep =>
  async ({ step: { text }, params, signal, say }) => {
    const request = requestOf(text, undefined, params);
    if (request.method !== 'POST') throw new StepRefusal('a token is asked for with POST');
    const { host } = request.url;
    const began = performance.now();
    const headers = { accept: 'application/json', ...request.headers };
    const {
      failure,
      status,
      body,
      phases,
      headers: answered,
    } = await sendStepRequest({ ...request, headers }, timeoutMs, signal);
    const ms = performance.now() - began;
    const took = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
    say(`${host}: ${phasesInWords({ phases }) || 'no connection'}`);
    if (failure?.class === 'timeout' && ['processing', 'transfer'].includes(failure.phase ?? ''))
      return `The provider is slow: ${host} takes connections and gave no answer within ${spanInWords(timeoutMs)}.`;
    if (failure !== null)
      return `The provider is down, or the way there: ${host}: ${failure.message}. Try it from another network.`;
    if (status === null || status >= 500) return `The provider is down: ${host} answered ${status} after ${took}.`;
    const error = errorOf(body?.toString('utf8') ?? '') ?? (status === 401 ? 'invalid_client' : null);
    const means = error === null ? null : (MEANS[error] ?? null);
    const slow = ms >= slowMs ? `The provider is slow, ${took} for an answer; beyond that ` : '';
    const skew = skewOf(answered.date);
    const clock =
      skew === null
        ? ''
        : ` Our clock and that of ${host} are ${spanInWords(skew)} apart: signatures and expiries break.`;
    const rest = `${host} answered ${status}${error === null ? ' without an error that is known' : `, ${error}`}, after ${took}`;
    return means === null
      ? `${slow}Not known what it is: ${rest}.${clock}`
      : `${slow}${slow === '' ? means.replace(/^i/, 'I') : means} (${rest}).${clock}`;
  };

/** JSON, or a form as GitHub answers without `accept`. */
function errorOf(body: string): string | null {
  const value = parseJson(body);
  const error = isObject(value) ? value['error'] : new URLSearchParams(body).get('error');
  return typeof error === 'string' && /^[\w.-]{1,80}$/.test(error) ? error : null;
}

function skewOf(date: string | undefined): number | null {
  const skew = Math.abs(Date.now() - Date.parse(date ?? ''));
  return skew > SKEW_MS ? skew : null;
}

export const step = oauthCheck(SLOW_MS, TIMEOUT_MS);
