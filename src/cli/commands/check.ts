/** `warroom check`: is the configuration sound, and does every target answer. */
import { EXIT, type Command } from '../command.ts';
import { hubTargets } from '../hubtargets.ts';
import { dataDir } from '../places.ts';
import { settings } from '../settings.ts';
import { pollOnce, summary } from './probe.ts';

export default {
  name: 'check',
  usage: 'check',
  about: 'validate the configuration and try every target once',
  async run(context) {
    const config = await settings(context);
    const targets = await hubTargets(context, config.targets);
    if (!context.json) {
      for (const file of config.files) context.out(`configuration  ${file}`);
      context.out(`data           ${dataDir(context)}`);
    }
    const readings = await Promise.all(targets.map(pollOnce));
    // A server that was only guessed at, and refuses, is not there: no fault.
    const isFault = readings.map(
      ({ up, error }, at) => !up && !(targets[at]?.optional === true && error?.class === 'refused'),
    );
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
        if (partial !== undefined) context.out(`      PARTIAL: ${partial}`);
      }
    return isFault.includes(true) ? EXIT.faults : EXIT.ok;
  },
} satisfies Command;
