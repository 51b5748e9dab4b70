/** `warroom check`: is the configuration sound, and does every target answer. */
import { findHub } from '../../client/local.ts';
import { isHub } from '../../probes/hub-urls.ts';
import { probeOf } from '../../probes/index.ts';
import type { Reading } from '../../protocol/reading.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, type Command } from '../command.ts';
import { hubTargets } from '../hubtargets.ts';
import { dataDir } from '../places.ts';
import { settings } from '../settings.ts';
import { pollOnce, summary } from './probe.ts';

export default {
  name: 'check',
  usage: 'check',
  about: 'validate the configuration and try every target once',
  words: 0,
  async run(context) {
    const config = await settings(context);
    const targets = await hubTargets(context, config.targets);
    if (!context.json) {
      for (const file of config.files) context.out(`configuration  ${file}`);
      context.out(`data           ${dataDir(context)}`);
    }
    let tried = 0;
    const poll = async (target: (typeof targets)[number]): Promise<Reading> => {
      const reading = await pollOnce(target);
      context.progress(`tried ${++tried} of ${targets.length} targets`);
      return reading;
    };
    context.progress(`trying ${targets.length} targets`);
    const readings = await Promise.all(targets.map(poll));
    context.progress('');
    // A hub that does not run is started by whoever opens the console: no fault.
    const isAway = (await findHub(dataDir(context))) === null;
    // A server that was only guessed at and does not let us in is not ours: no fault.
    const isFault = readings.map(({ up, error }, at) => {
      const own = config.targets[at];
      if (isAway && own !== undefined && isHub(own)) return false;
      return !up && !(own?.optional === true && GUESSED.has(error?.class ?? ''));
    });
    const rights = await Promise.all(readings.map(missingRights));
    if (context.json)
      context.out(
        JSON.stringify({
          files: config.files,
          data: dataDir(context),
          targets: readings.map(({ target, kind, up, error, durationMs, facts }, at) => ({
            target,
            kind,
            up,
            error,
            durationMs,
            facts,
            optional: targets[at]?.optional ?? false,
          })),
        }),
      );
    else
      for (const [at, reading] of readings.entries()) {
        const word = reading.up ? 'ok   ' : isFault[at] ? 'FAULT' : 'none ';
        context.out(`${word} ${summary(reading)}${reading.up || isFault[at] ? '' : ' (optional)'}`);
        const { partial } = reading.facts;
        if (partial !== undefined) context.out(`      PARTIAL: ${oneLine(partial)}`);
        for (const line of rights[at] ?? []) context.out(`      ${line}`);
      }
    return isFault.includes(true) ? EXIT.faults : EXIT.ok;
  },
} satisfies Command;

const GUESSED: ReadonlySet<string> = new Set(['refused', 'auth', 'db_missing']);

/** The statements that make a probe's user, when this one lacks rights. */
async function missingRights({ kind, error, facts }: Reading): Promise<readonly string[]> {
  if (facts['partial'] === undefined && facts['unread'] === undefined && error?.class !== 'perm') return [];
  const rights = (await probeOf(kind))?.rights;
  return rights === undefined ? [] : ['grant it as an administrator:', ...rights.map((line) => `    ${line}`)];
}
