/**
 * A setting that servers have at an address: read with GET, changed with the block's own request, and read back. The block
 * says the method, the headers and the fields, since no two services have the same.
 */
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../incident/event-codec.ts';
import { parseJson } from '../../incident/shapes.ts';
import type { Target } from '../../probes/probe.ts';
import { requestOf, sendStepRequest, type StepRequest } from '../http-request.ts';
import {
  StepRefusal,
  type MutateStep,
  type Preview,
  type Progress,
  type StepContext,
  type Verification,
} from './step.ts';

const TIMEOUT_MS = 5000;
/** A time that is left grows shorter between a request and the look after it. */
const COUNTS_DOWN = /ttl|second|expire|remain/i;
const MAX_DRIFT = 120;

type Fields = Readonly<Record<string, unknown>>;

/** The request to one server. */
interface Change {
  readonly node: string;
  readonly request: StepRequest;
  readonly wanted: Fields;
}
type Found =
  | { readonly fields: Fields }
  /** `isDown`: nothing listens there. */
  | { readonly fields: null; readonly why: string; readonly isDown: boolean };
interface Seen {
  readonly node: string;
  /** The fields that would be changed. */
  readonly before: Fields;
}

function changeOf({ step, params }: StepContext, target: Target | null): Change {
  const request = requestOf(step.text, target?.settings, params);
  const wanted = fieldsOf(request.body ?? '');
  if (wanted === null || Object.keys(wanted).length === 0)
    throw new StepRefusal(
      'the body of the block is a JSON object with the fields that are set (content-type: application/json)',
    );
  return { node: request.url.host, request, wanted };
}

/** A step that sets it on the server of each target; null: at the address in the block. `verify`: once all servers show it. */
export const settingStep = (
  targetsOf: (context: StepContext) => readonly Target[] | null,
  unit: string,
  verify = async (_context: StepContext, text: string): Promise<Verification> => ({ state: 'ok', text }),
): MutateStep => ({
  batch: 1,
  preview: async (context) => previewSetting(context, changesOf(context, targetsOf(context)), unit),
  apply: async (context, preview, onBatch) =>
    applySetting(context, changesOf(context, targetsOf(context)), preview, onBatch),
  verify: async (context, preview) => {
    const { isSet, text } = await readBack(context, changesOf(context, targetsOf(context)), preview);
    return isSet ? verify(context, text) : { state: 'failed', text };
  },
});

/** Sets a switch at an address. */
export const step = settingStep(() => null, 'switches');

/** Two targets of one server are one. */
function changesOf(context: StepContext, targets: readonly Target[] | null): readonly Change[] {
  const changes = targets === null ? [changeOf(context, null)] : targets.map((target) => changeOf(context, target));
  return [...new Map(changes.map((change) => [change.request.url.href, change])).values()];
}

function fieldsOf(text: string): Fields | null {
  const value = parseJson(text);
  return isObject(value) ? value : null;
}

/** The fields as they are now; or why they are not known. */
async function read({ request, wanted }: Change, signal: AbortSignal): Promise<Found> {
  const { 'content-type': _, ...headers } = request.headers;
  const { failure, status, body } = await sendStepRequest(
    { ...request, method: 'GET', headers, body: null },
    TIMEOUT_MS,
    signal,
  );
  const unknown = (why: string, isDown = false): Found => ({ fields: null, why, isDown });
  if (failure !== null) return unknown(failure.message, failure.class === 'refused');
  if (status === 401 || status === 403) return unknown(`answered ${status}: the token in the block is not accepted`);
  if (status !== 200) return unknown(`answered ${status} to GET ${request.url.pathname}`);
  const fields = fieldsOf(body?.toString('utf8') ?? '') ?? {};
  const known = Object.keys(wanted).filter((name) => Object.hasOwn(fields, name));
  if (known.length === 0) return unknown(`does not show ${Object.keys(wanted).join(', ')}`);
  return { fields: Object.fromEntries(known.map((name) => [name, fields[name]])) };
}

/** Whether every field that the server shows is what was asked for. */
const fits = (wanted: Fields, shown: Fields): boolean =>
  Object.entries(shown).every(([name, value]) => {
    const asked = wanted[name];
    const isLess =
      typeof asked === 'number' && typeof value === 'number' && value <= asked && value >= asked - MAX_DRIFT;
    return isDeepStrictEqual(asked, value) || (COUNTS_DOWN.test(name) && isLess);
  });

const said = (value: unknown): string =>
  (value === undefined ? 'not there' : JSON.stringify(value)?.slice(0, 60)) ?? '?';

async function previewSetting(context: StepContext, changes: readonly Change[], unit: string): Promise<Preview> {
  const found = await Promise.all(changes.map(async (change) => ({ change, now: await read(change, context.signal) })));
  const [missing, samples, undo]: [string[], string[], string[]] = [[], [], []];
  const seen: Seen[] = [];
  let isComplete = true;
  for (const { change, now } of found) {
    const { node, wanted, request } = change;
    if (now.fields === null) {
      // A server that is down has nothing to be set; one that only does not answer would stay as it is.
      if (!now.isDown) isComplete = false;
      missing.push(`${node} is left out: ${now.why}`);
    } else if (fits(wanted, now.fields)) context.say(`${node} has it already`);
    else {
      const before = now.fields;
      seen.push({ node, before });
      const diff = Object.entries(wanted).map(([name, value]) => `${name} ${said(before[name])} -> ${said(value)}`);
      samples.push(`${node}: ${diff.join(', ')}`);
      // A field that it does not show had no value.
      const old = Object.keys(wanted).map((name) => [name, before[name] ?? null]);
      undo.push(`${request.method} ${request.url.href} ${JSON.stringify(Object.fromEntries(old))}`);
    }
  }
  for (const line of missing) context.say(line);
  if (seen.length === 0 && missing.length > 0) throw new StepRefusal(missing.join('; '));
  return {
    count: seen.length,
    unit,
    samples: [...missing, ...samples],
    node: changes.map(({ node }) => node).join(', '),
    role: null,
    complete: isComplete,
    undo: undo.join('\n'),
    irreversible: false,
    items: seen,
  };
}

/** One server after the other, each if it still has what the preview showed. A server that fails does not keep the others. */
async function applySetting(
  context: StepContext,
  changes: readonly Change[],
  { items }: Preview,
  onBatch: (soFar: Progress) => Promise<void>,
): Promise<Progress> {
  let [applied, skipped] = [0, 0];
  const failed: string[] = [];
  for (const { node, before } of items as readonly Seen[]) {
    const change = changes.find((one) => one.node === node);
    if (change === undefined) continue;
    const now = await read(change, context.signal);
    const why =
      now.fields === null
        ? now.why
        : fits(before, now.fields)
          ? await put(change, context.signal)
          : 'it was changed since the preview';
    if (why === null) applied++;
    else {
      skipped++;
      failed.push(`${node}: ${why}`);
      context.say(failed.at(-1) ?? '');
    }
    await onBatch({ applied, skipped });
  }
  if (failed.length > 0) throw new Error(`set on ${applied} of ${applied + skipped}; ${failed.join('; ')}`);
  return { applied, skipped };
}

/** Null when the server took it and shows it. */
async function put(change: Change, signal: AbortSignal): Promise<string | null> {
  const { failure, status } = await sendStepRequest(change.request, TIMEOUT_MS, signal);
  if (failure !== null) return `${failure.message}: whether it took it is not known`;
  if (status === null || status < 200 || status > 299) return `answered ${status}`;
  const now = await read(change, signal);
  if (now.fields === null) return `took it, and cannot be read back: ${now.why}`;
  return fits(change.wanted, now.fields) ? null : `took it, and shows ${JSON.stringify(now.fields).slice(0, 200)}`;
}

/** How many servers show what was asked for, and in words which do not. */
async function readBack({ signal }: StepContext, changes: readonly Change[], { items }: Preview) {
  const meant = changes.filter(({ node }) => (items as readonly Seen[]).some((one) => one.node === node));
  const found = await Promise.all(meant.map((change) => read(change, signal)));
  const others = meant.flatMap(({ node, wanted }, i) => {
    const now = found[i] ?? { fields: null, why: 'not known' };
    if (now.fields === null) return [`${node}: ${now.why}`];
    return fits(wanted, now.fields) ? [] : [`${node} shows ${JSON.stringify(now.fields).slice(0, 200)}`];
  });
  return {
    isSet: others.length === 0,
    text: [`set on ${meant.length - others.length} of ${meant.length}`, ...others].join('; '),
  };
}
