/** One GET or HEAD; redirects are shown and not followed. */
import { ProbeFailure } from '../../probes/failure.ts';
import { phasesInWords, requestOf, sendStepRequest } from '../http-request.ts';
import { StepRefusal, type ObserveStep } from '../native/step.ts';

/** Headers that say something about a failure. */
const SHOWN = [
  'content-type',
  'content-length',
  'location',
  'retry-after',
  'date',
  'server',
  'www-authenticate',
  'cache-control',
];

export const httpStep: ObserveStep = async ({ step, targets: [target], params, signal, write }) => {
  const request = requestOf(step.text, target?.settings, params);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new StepRefusal(`${request.method} may change something, and this step only observes`);
  const began = performance.now();
  const answer = await sendStepRequest({ ...request, body: null }, step.timeoutMs, signal);
  const ms = Math.round(performance.now() - began);
  const { status, failure, body } = answer;
  if (status !== null) {
    const shown = SHOWN.flatMap((name) =>
      answer.headers[name] === undefined ? [] : [`${name}: ${String(answer.headers[name])}`],
    );
    await write(`${[`HTTP ${status}`, ...shown, ''].join('\n')}\n`);
  }
  if (body !== null && body.length > 0) await write(body);
  if (failure !== null) throw new ProbeFailure(failure);
  return `answered ${status} in ${ms} ms (${phasesInWords(answer)}), ${(body?.length ?? 0).toLocaleString('en-US')} bytes`;
};
