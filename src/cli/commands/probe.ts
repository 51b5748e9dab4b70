/** `warroom probe`: one poll of one target, as the hub would do it. */
import { openTarget } from '../../probes/index.ts';
import type { Target } from '../../probes/probe.ts';
import type { Reading } from '../../protocol/reading.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, Exit, UsageError, type Command } from '../command.ts';
import { nearest } from '../../rules/nearest.ts';
import { hubTargets } from '../hubtargets.ts';
import { settings } from '../settings.ts';

const usage = 'probe TARGET';
/** One poll may take this long, ms; every probe has shorter limits of its own. */
const LIMIT_MS = 10_000;

export default {
  name: 'probe',
  usage,
  about: 'poll one target once and print its samples',
  async run(context) {
    const [name, ...rest] = context.args;
    if (name === undefined || rest.length > 0) throw new UsageError(`name a target\nusage: warroom ${usage}`);
    const targets = await hubTargets(context, (await settings(context)).targets);
    const target = targets.find((one) => one.name === name);
    if (target === undefined) {
      const known = targets.map((one) => one.name);
      const guess = nearest(name, known);
      throw new UsageError(
        `there is no target "${name}"${guess === null ? '' : `; did you mean "${guess}"?`}; targets: ${known.join(', ') || 'none'}`,
      );
    }
    const reading = await pollOnce(target);
    if (context.json) {
      const { kind, up, error, durationMs, samples, facts, rows } = reading;
      context.out(JSON.stringify({ target: name, kind, up, error, durationMs, samples, facts, ...(rows && { rows }) }));
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
} satisfies Command;

/** `redis up in 2.1 ms`, or what is wrong. */
export function summary({ target, kind, up, error, durationMs }: Reading): string {
  const how = up
    ? `up in ${durationMs.toFixed(1)} ms`
    : `DOWN: ${error === null ? 'unknown' : `${error.class}: ${oneLine(error.message)}`}`;
  return `${target} (${kind}) ${how}`;
}

/** Opens a session, polls, closes. Never rejects for a target that is down. */
export async function pollOnce(target: Target): Promise<Reading> {
  const { session } = await openTarget(target);
  try {
    return await session.poll(AbortSignal.timeout(LIMIT_MS));
  } finally {
    await session.close();
  }
}
