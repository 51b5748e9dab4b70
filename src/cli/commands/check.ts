/** `warroom check`: whether the configuration is sound, and whether every target answers. */
import { findHub } from '../../client/local.ts';
import { isIdle } from '../../rules/idle.ts';
import { doubtsOf } from '../../rules/sense.ts';
import { Store } from '../../rules/store.ts';
import type { Config } from '../../config/config.ts';
import { missingRunbooks } from '../../config/runbooks.ts';
import { METRICS } from '../../probes/catalog.ts';
import { isHub } from '../../probes/huburls.ts';
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
    const about = aboutRules(config, readings);
    const doubts = about.filter(({ isFault }) => isFault);
    const warnings = about.filter((one) => !one.isFault);
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
          rules: config.rules.length,
          ruleFaults: doubts.map(said),
          ruleWarnings: warnings.map(said),
        }),
      );
    else {
      for (const [at, reading] of readings.entries()) {
        const word = reading.up ? 'ok   ' : isFault[at] ? 'FAULT' : 'none ';
        context.out(`${word} ${summary(reading)}${reading.up || isFault[at] ? '' : ' (optional)'}`);
        const { partial, unread } = reading.facts;
        if (partial !== undefined) context.out(`      PARTIAL: ${oneLine(partial)}`);
        if (unread !== undefined) context.out(`      not read: ${oneLine(unread)}`);
        for (const line of rights[at] ?? []) context.out(`      ${line}`);
      }
      const kinds = new Set(config.targets.filter((target) => !isHub(target)).map(({ kind }) => kind));
      const resting = config.rules.filter((rule) => isIdle(rule, kinds)).length;
      const rest = resting === 0 ? '' : `, ${resting} of them about servers that are not watched here`;
      context.out(`rules          ${config.rules.length}${rest}`);
      for (const { rule, message } of doubts) context.out(`FAULT rule "${rule}": ${message}`);
      for (const { rule, message } of warnings) context.out(`look at the rule "${rule}": ${message}`);
    }
    return isFault.includes(true) || doubts.length > 0 ? EXIT.faults : EXIT.ok;
  },
} satisfies Command;

const GUESSED: ReadonlySet<string> = new Set(['refused', 'auth', 'db_missing']);

interface Complaint {
  readonly rule: string;
  readonly message: string;
  readonly isFault: boolean;
}
const said = ({ rule, message }: Complaint) => ({ rule, message });

/**
 * Rules that make little sense with the metrics there are, or whose runbook is missing. Prometheus files come from
 * elsewhere, and may be about what is not watched here: no fault.
 */
function aboutRules({ rules, dir }: Config, readings: readonly Reading[]): readonly Complaint[] {
  const store = new Store(() => 0);
  for (const reading of readings) store.ingest(reading, 1_000, 0);
  const metrics = new Map([...METRICS, ...store.types()]);
  return [...doubtsOf(rules, metrics), ...missingRunbooks(rules, dir)].map(({ rule, message }) => ({
    rule: rule.name,
    message,
    isFault: rule.dialect === 'handbook',
  }));
}

/** The statements that make a probe's user, when this one lacks rights. */
async function missingRights({ kind, error, facts }: Reading): Promise<readonly string[]> {
  if (facts['partial'] === undefined && facts['unread'] === undefined && error?.class !== 'perm') return [];
  const rights = (await probeOf(kind))?.rights;
  return rights === undefined ? [] : ['grant it as an administrator:', ...rights.map((line) => `    ${line}`)];
}
