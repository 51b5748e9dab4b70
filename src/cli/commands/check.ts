/** `warroom check`: whether the configuration is valid and every target answers. */
import { findHub } from '../../client/hub-process.ts';
import { shippedDir, type Config } from '../../config/config.ts';
import { formatFault, type ConfigFault } from '../../config/fault.ts';
import { counted } from '../../incident/words.ts';
import { isHub } from '../../probes/hub-target.ts';
import { probeMetrics, probeOf } from '../../probes/index.ts';
import type { Reading } from '../../protocol/reading.ts';
import { doubtsOf, isIdle, type RuleDoubt } from '../../rules/lint.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, pickFields, print, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, settings } from '../paths.ts';
import { missingRunbooks, runbookFiles } from '../../runbooks/folder.ts';
import { hubTargets, pollOnce, summary } from './probe.ts';
import { doubtJson } from './rules.ts';
import { faultsIn, faultPlace } from './runbook.ts';

export default {
  usage: 'check',
  about: 'validate the configuration and try every target once',
  async run(context) {
    const config = await settings(context);
    if (!context.json) {
      for (const file of config.files) context.out(`configuration  ${file}`);
      context.out(`data           ${dataDir(context)}`);
    }
    const tried = await tryAll(context, config);
    const about = await aboutRules(config, tried);
    const doubts = await aboutOncall(config);
    const runbooks = aboutRunbooks(config);
    const drills = await aboutDrills(config);
    const json = {
      ...jsonOf(config, dataDir(context), tried, about, doubts),
      ...runbooks,
      drills: drills.names.length,
      drillFaults: drills.faults.map(faultPlace),
    };
    print(context, json, [
      ...tried.flatMap(targetLines),
      ...ruleLines(config, about),
      ...oncallRows(config, doubts),
      receiversRow(config),
      runbookLine(runbooks),
      `drills         ${drills.names.length}`,
      ...drills.faults.map((fault) => `FAULT ${formatFault(fault)}`),
    ]);
    const isSound = drills.faults.length === 0 && ![...tried, ...about].some(({ isFault }) => isFault);
    return isSound ? EXIT.ok : EXIT.faults;
  },
} satisfies CliCommand;

interface Tried {
  readonly reading: Reading;
  readonly optional: boolean;
  readonly isFault: boolean;
  readonly rights: readonly string[];
}

/** Failures of an optional target that mean it is not there. */
const GUESSED: ReadonlySet<string> = new Set(['refused', 'auth', 'db_missing']);

async function tryAll(context: CliContext, config: Config): Promise<readonly Tried[]> {
  const targets = await hubTargets(context, config.targets);
  let done = 0;
  context.progress(`trying ${targets.length} targets`);
  const readings = await pollOnce(targets, () => context.progress(`tried ${++done} of ${targets.length} targets`));
  context.progress('');
  const isAway = (await findHub(dataDir(context))) === null;
  const judged = readings.map(async (reading, at): Promise<Tried> => {
    const target = config.targets[at];
    const optional = target?.optional ?? false;
    // No fault: opening the console starts this machine's hub.
    const isOurHub = isAway && target !== undefined && isHub(target);
    const isFault = !reading.up && !isOurHub && !(optional && GUESSED.has(reading.error?.class ?? ''));
    return { reading, optional, isFault, rights: await missingRights(reading) };
  });
  return Promise.all(judged);
}

async function missingRights({ kind, error, facts }: Reading): Promise<readonly string[]> {
  if (facts['partial'] === undefined && facts['unread'] === undefined && error?.class !== 'perm') return [];
  const rights = (await probeOf(kind))?.rights;
  return rights === undefined ? [] : ['grant it as an administrator:', ...rights.map((line) => `    ${line}`)];
}

interface Complaint extends RuleDoubt {
  readonly isFault: boolean;
}

/** Doubtful rules, and missing runbooks. No faults in Prometheus files: they may be about what is not watched here. */
async function aboutRules({ rules, dir }: Config, tried: readonly Tried[]): Promise<readonly Complaint[]> {
  const found = tried.flatMap(({ reading: { samples } }) => samples.map(({ metric, type }) => [metric, type] as const));
  const metrics = new Map([...(await probeMetrics()), ...found]);
  return [...doubtsOf(rules, metrics), ...missingRunbooks(rules, [dir, shippedDir()])].map((doubt) => ({
    ...doubt,
    isFault: doubt.rule.dialect === 'handbook',
  }));
}

/** What in a sound oncall.yaml a person should look at; none of it is a fault. */
async function aboutOncall({ oncall }: Config): Promise<readonly ConfigFault[]> {
  if (oncall === null) return [];
  const { oncallDoubts } = await import('../../config/oncall-doubts.ts');
  return oncallDoubts(oncall, Date.now());
}

/** Their faults are no faults of the configuration: what is wrong in a file that others wrote is shown, and does not run. */
function aboutRunbooks({ dir, targets }: Config) {
  const files = runbookFiles([dir, shippedDir()]);
  const faults = faultsIn(files, targets).filter(({ isFault }) => isFault);
  return { runbooks: files.length, runbookFaults: faults.map(faultPlace) };
}

async function aboutDrills({ dir }: Config) {
  const { drillNames, readScript } = await import('../../drills/script.ts');
  const dirs = [dir, shippedDir()];
  const names = drillNames(dirs);
  const read = await Promise.all(names.map((name) => readScript(name, dirs)));
  return { names, faults: read.flatMap((one) => (one !== null && 'faults' in one ? one.faults : [])) };
}

const runbookLine = ({ runbooks, runbookFaults: { length } }: ReturnType<typeof aboutRunbooks>): string =>
  `runbooks       ${runbooks}${length === 0 ? '' : `, with ${counted(length, 'fault')}: warroom runbook check`}`;

const jsonOf = (
  config: Config,
  data: string,
  tried: readonly Tried[],
  about: readonly Complaint[],
  doubts: readonly ConfigFault[],
): object => ({
  files: config.files,
  data,
  targets: tried.map(({ reading, optional }) => ({
    ...pickFields(reading, 'target', 'kind', 'up', 'error', 'durationMs', 'facts'),
    optional,
  })),
  receivers: config.receivers.map(({ name, kindName: kind, events }) => ({ name, kind, events })),
  rules: config.rules.length,
  ruleFaults: about.filter(({ isFault }) => isFault).map(doubtJson),
  ruleWarnings: about.filter(({ isFault }) => !isFault).map(doubtJson),
  oncallWarnings: doubts.map(faultPlace),
});

function targetLines({ reading, isFault, rights }: Tried): readonly string[] {
  const word = reading.up ? 'ok   ' : isFault ? 'FAULT' : 'none ';
  const { partial, unread } = reading.facts;
  return [
    `${word} ${summary(reading)}${reading.up || isFault ? '' : ' (optional)'}`,
    ...(partial === undefined ? [] : [`      PARTIAL: ${oneLine(partial)}`]),
    ...(unread === undefined ? [] : [`      not read: ${oneLine(unread)}`]),
    ...rights.map((line) => `      ${line}`),
  ];
}

function ruleLines({ rules, targets }: Config, about: readonly Complaint[]): readonly string[] {
  const kinds = new Set(targets.filter((target) => !isHub(target)).map(({ kind }) => kind));
  const resting = rules.filter((rule) => isIdle(rule, kinds)).length;
  const rest = resting === 0 ? '' : `, ${resting} of them about servers that are not watched here`;
  return [
    `rules          ${rules.length}${rest}`,
    ...about
      .toSorted((a, b) => Number(b.isFault) - Number(a.isFault))
      .map(({ rule, message, location, isFault }) => {
        const fault = formatFault({ ...location, message: `rule "${rule.name}": ${message}` });
        return `${isFault ? 'FAULT' : 'look at'} ${fault}`;
      }),
  ];
}

function receiversRow({ receivers }: Config): string {
  const all = receivers.map(({ name, kindName }) => `${name} (${kindName})`).join(', ');
  return `receivers      ${receivers.length === 0 ? 'none: nobody outside is told' : all}`;
}

function oncallRows({ oncall }: Config, doubts: readonly ConfigFault[]): readonly string[] {
  if (oncall === null) return ['on call        nobody: oncall.yaml names no people'];
  const { people, rotations, routes } = oncall.plan;
  const who = counted(people.length, 'person', 'people');
  const counts = [who, counted(rotations.length, 'rotation'), counted(Object.keys(routes).length, 'route')];
  return [`on call        ${counts.join(', ')}`, ...doubts.map((doubt) => `look at ${formatFault(doubt)}`)];
}
