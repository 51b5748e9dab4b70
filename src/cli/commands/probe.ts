/** `warroom probe`: one poll of one target, as the hub would do it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openTarget } from '../../probes/index.ts';
import type { Target } from '../../probes/probe.ts';
import type { Reading } from '../../protocol/reading.ts';
import { oneLine, width } from '../../terminal/text.ts';
import { EXIT, Exit, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { suggestion } from '../../incident/fuzzy.ts';
import { hubTargets, LIMIT_MS, pollOnce, summary } from '../poll.ts';
import { settings } from '../settings.ts';

/** How long an inspection may take, ms; what it has found by then is printed. */
const INSPECT_MS = 30_000;
/** The pause between two steps of an inspection, ms; short, because nothing else polls the target here. */
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
    if (context.json) {
      const { kind, up, error, durationMs, samples, facts, rows } = reading;
      context.out(JSON.stringify({ target: name, kind, up, error, durationMs, samples, facts, ...(rows && { rows }) }));
    } else if (context.on('inspect')) {
      context.out(summary(reading));
      for (const line of inspectionLines(reading)) context.out(line);
    } else {
      context.out(summary(reading));
      for (const { metric, labels, value } of reading.samples) {
        const pairs = Object.entries(labels).filter(([key]) => key !== 'target');
        const named =
          pairs.length === 0 ? '' : `{${pairs.map(([key, text]) => `${key}="${oneLine(text)}"`).join(',')}}`;
        context.out(`    ${oneLine(metric)}${named} ${value}`);
      }
      for (const [fact, text] of Object.entries(reading.facts)) context.out(`    ${oneLine(fact)}: ${oneLine(text)}`);
    }
    if (!reading.up && !context.json) throw new Exit(EXIT.faults, `${name} is down`);
    return reading.up ? EXIT.ok : EXIT.faults;
  },
} satisfies CliCommand;

/** Polls once, then inspects the target until everything is seen or the time is up. */
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

/** What an inspection found, as tables. */
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
