/** `warroom probe`: one poll of one target, as the hub would do it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openTarget } from '../../probes/index.ts';
import type { Target } from '../../probes/probe.ts';
import type { Reading } from '../../protocol/reading.ts';
import { oneLine, width } from '../../terminal/text.ts';
import { EXIT, Exit, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { suggestion } from '../../incident/fuzzy.ts';
import { settings, dataDir } from '../paths.ts';
import { findHub } from '../../client/hub-process.ts';
import { atHub } from '../../probes/hub-target.ts';
import { NO_HUB } from '../runtime.ts';
import { IsolatedPoller } from '../../probes/isolated-poller.ts';

/** The longest an inspection may take, ms; then what it has found is printed. */
const INSPECT_MS = 30_000;
const PAUSE_MS = 250;

export default {
  usage: 'probe TARGET [--inspect]',
  about: 'poll one target once and print its samples; --inspect looks closer: big keys, processes',
  async run(context) {
    const [name, ...rest] = context.args;
    if (name === undefined || rest.length > 0) throw context.wrong('name a target');
    const targets = await hubTargets(context, (await settings(context)).targets);
    const target = targets.find((one) => one.name === name);
    if (target === undefined) {
      const known = targets.map((one) => one.name);
      const targetsThere = known.join(', ') || 'none';
      throw new UsageError(`there is no target "${name}"${suggestion(name, known)}; targets: ${targetsThere}`);
    }
    const [reading] = context.on('inspect') ? [await inspectOnce(target, context)] : await pollOnce([target]);
    if (reading === undefined) throw new Exit(EXIT.faults, `${name} gave no reading`);
    const { kind, up, error, durationMs, samples, facts, rows } = reading;
    print(context, { target: name, kind, up, error, durationMs, samples, facts, ...(rows && { rows }) }, [
      summary(reading),
      ...(context.on('inspect') ? inspectionLines(reading) : readingLines(reading)),
    ]);
    if (!up && !context.json) throw new Exit(EXIT.faults, `${name} is down`);
    return up ? EXIT.ok : EXIT.faults;
  },
} satisfies CliCommand;

function readingLines({ samples, facts }: Reading): readonly string[] {
  const sampleLines = samples.map(({ metric, labels, value }) => {
    const pairs = Object.entries(labels).filter(([key]) => key !== 'target');
    const named = pairs.map(([key, text]) => `${key}="${oneLine(text)}"`).join(',');
    return `    ${oneLine(metric)}${named === '' ? '' : `{${named}}`} ${value}`;
  });
  return [...sampleLines, ...Object.entries(facts).map(([fact, text]) => `    ${oneLine(fact)}: ${oneLine(text)}`)];
}

/** Polls once, then inspects the target until everything was seen or the time is up. */
async function inspectOnce(target: Target, context: CliContext): Promise<Reading> {
  const { probe, session } = await openTarget(target);
  const inspect = session.inspect?.bind(session);
  if (inspect === undefined) throw new UsageError(`${target.kind} targets cannot be inspected`);
  try {
    const reading = await session.poll(AbortSignal.timeout(LIMIT_MS));
    if (!reading.up) return reading;
    const end = AbortSignal.timeout(INSPECT_MS);
    let look = await inspect(end);
    while (!look.isDone && look.failure === null && !end.aborted) {
      context.progress(`looking for ${probe.inspects ?? 'more'}: ${look.seen} so far`);
      await sleep(PAUSE_MS);
      look = await inspect(end);
    }
    context.progress('');
    const { failure, seen, rows } = look;
    if (failure !== null) throw new Exit(EXIT.faults, `cannot look closer at ${target.name}: ${failure.message}`);
    return { ...reading, samples: [], facts: { sampled: seen }, rows };
  } finally {
    await session.close();
  }
}

function inspectionLines({ facts, rows = {} }: Reading): readonly string[] {
  const tables = Object.entries(rows).flatMap(([name, list]) => {
    const columns = Object.keys(list[0] ?? {});
    const cells = [columns, ...list.map((row) => columns.map((column) => oneLine(String(row[column] ?? '-'))))];
    const wide = columns.map((_, i) => Math.max(...cells.map((row) => width(row[i] ?? ''))));
    const lines = cells.map((row) =>
      row.map((text, i) => `${text}${' '.repeat((wide[i] ?? 0) - width(text))}`).join('  '),
    );
    return ['', `${name}:`, ...lines.map((line) => `    ${line.trimEnd()}`)];
  });
  return facts['sampled'] === undefined ? tables : [`    looked at ${oneLine(facts['sampled'])}`, ...tables];
}

/** The longest a poll may take, ms; every probe has shorter limits of its own. */
const LIMIT_MS = 10_000;

/** `cache (redis) up in 2.1 ms`, or what is wrong. */
export function summary({ target, kind, up, error, durationMs }: Reading): string {
  const how = up
    ? `up in ${durationMs.toFixed(1)} ms`
    : `DOWN: ${error === null ? 'unknown' : `${error.class}: ${oneLine(error.message)}`}`;
  return `${target} (${kind}) ${how}`;
}

/** The first reading of each target, in order, polled as the hub does it. A target that is down does not reject. */
export async function pollOnce(targets: readonly Target[], onReading = () => {}): Promise<readonly Reading[]> {
  if (targets.length === 0) return [];
  const first = new Map<string, Reading>();
  let done: () => void = () => {};
  const all = new Promise<void>((resolve) => (done = resolve));
  const poller = new IsolatedPoller({
    // Optional targets are polled like all others, because their answer is shown.
    targets: targets.map((target) => ({ ...target, optional: false })),
    onReading(reading) {
      if (first.has(reading.target)) return;
      first.set(reading.target, reading);
      onReading();
      if (first.size === targets.length) done();
    },
  });
  await all;
  await poller.close();
  return targets.flatMap(({ name }) => first.get(name) ?? []);
}

/** The targets with `hub:` replaced by this machine's hub. */
export async function hubTargets(context: CliContext, targets: readonly Target[]): Promise<readonly Target[]> {
  const hub = await findHub(dataDir(context));
  const { url: ws, http, fingerprint } = hub ?? { ...NO_HUB, http: 'http://127.0.0.1:1', fingerprint: null };
  return atHub(targets, { http, ws, fingerprint });
}
