/** `warroom probe`: one poll of one target, as the hub would do it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openTarget } from '../../probes/index.ts';
import type { Target } from '../../probes/probe.ts';
import type { Reading } from '../../protocol/reading.ts';
import { oneLine, width } from '../../terminal/text.ts';
import { EXIT, Exit, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { suggestion } from '../../incident/fuzzy.ts';
import { hubTargets, LIMIT_MS, pollOnce, summary } from '../poll.ts';
import { settings } from '../settings.ts';

/** The longest an inspection may take, ms; then what it has found is printed. */
const INSPECT_MS = 30_000;
/** The pause between two steps of an inspection, ms. */
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
