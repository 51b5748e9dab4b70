/** One drill from its start to its score: on a console, or played by the program. */

import { startDrill, type Drill } from '../drills/director.ts';
import type { Script } from '../drills/script.ts';
import { placeholders, whyNotGiven } from '../drills/world.ts';
import { scoreLines } from '../incident/drill-score.ts';
import { errorMessage } from '../incident/words.ts';
import { EXIT, Exit, print, UsageError, type CliContext } from './command.ts';
import { openConsole } from './commands/open.ts';
import { play } from './drill-play.ts';
import { DRILLS_MARK, settings } from './paths.ts';
import { watchReal } from './real-incident.ts';
import { randomUnit } from './runtime.ts';

/** Options for the hub of the drill. */
const HUB_OPTIONS = ['listen', 'tls-cert', 'tls-key'];

interface Place {
  /** The context of commands for the hub of the drill. */
  readonly inside: CliContext;
  /** The folder of drills. */
  readonly dataDir: string;
  readonly configDir: string;
}

export async function runDrill(context: CliContext, script: Script, place: Place): Promise<number> {
  const given = givenServers(context, script);
  const env = { ...place.inside.env, ...placeholders(script.servers) };
  // Faults of the configuration are told before anything starts.
  await settings({ env, text: (name) => (name === 'drill' ? script.file : context.text(name)) });
  const real = await watchReal(context);
  let isReal = false;
  try {
    const drill = await started(context, script, place, given);
    const stop = (): void => void drill.end('it was stopped');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    const ending = drill.ending.then((why) => `the drill ended: ${why}`);
    void real.opened.then(async (what) => {
      isReal = true;
      await drill.announce(`REAL INCIDENT: ${what}. This drill ends now; open the war room: warroom`);
      await drill.end(`REAL: ${what}`);
    });
    const fault = context.on('auto')
      ? await Promise.race([play(drill, script, { ...place, env: place.inside.env, say: context.progress }), ending])
      : (await openConsole(place.inside, { ends: ending }), null);
    const { incident, score } = await drill.end(fault ?? 'it is over');
    context.progress('');
    if (fault !== null) context.err(fault);
    const recovered = score?.recovered ?? false;
    print(context, { drill: script.name, incident, score, recovered }, [
      `${script.title}: ${incident === null ? 'nobody declared an incident' : incident}`,
      ...(score === null ? [] : scoreLines(score).map((line) => `    ${line}`)),
      ...(incident === null
        ? []
        : [`its postmortem: warroom postmortem --incident ${incident} --data ${place.dataDir}`]),
    ]);
    if (!isReal || context.on('auto')) return recovered && fault === null ? EXIT.ok : EXIT.faults;
  } finally {
    await real.close();
  }
  return openReal(context, await real.opened);
}

/** The console on the drill that runs, until the person leaves, or something real has the screen. */
export async function joinDrill(context: CliContext, inside: CliContext): Promise<number> {
  const real = await watchReal(context);
  let what: string | null = null;
  void real.opened.then((opened) => (what = opened));
  const code = await openConsole(inside, { ends: real.opened }).finally(() => real.close());
  return what === null ? code : openReal(context, what);
}

/** The war room itself. Lines on a pipe are not read again by another console. */
async function openReal(context: CliContext, what: string): Promise<number> {
  const news = `THIS IS REAL, the drill was left: ${what}`;
  if (process.stdin.isTTY && !context.on('plain')) return openConsole({ ...context, args: [] }, { news });
  context.err(`${news}; open the war room: warroom`);
  return EXIT.faults;
}

function started(
  context: CliContext,
  script: Script,
  { dataDir, configDir }: Place,
  given: ReadonlyMap<string, string>,
): Promise<Drill> {
  const listen = context.text('listen') ?? '127.0.0.1:0';
  const passed = HUB_OPTIONS.slice(1).flatMap((name) => {
    const value = context.text(name);
    return value === undefined ? [] : [`--${name}`, value];
  });
  const insecure = context.on('insecure') ? ['--insecure'] : [];
  return startDrill({
    script,
    dataDir,
    mark: DRILLS_MARK,
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
    hubArgs: ['--config', configDir, '--listen', listen, ...passed, ...insecure],
    given,
    auto: context.on('auto'),
    random: randomUnit,
    say: context.progress,
  }).catch((fault: unknown) => {
    throw new Exit(EXIT.refused, errorMessage(fault));
  });
}

/** `--target cache=redis://staging:6379`: a server that is there already. */
function givenServers(context: CliContext, { servers }: Script): ReadonlyMap<string, string> {
  const pairs = context.all('target').map((pair) => {
    const [name, url] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
    const kind = servers.get(name);
    if (kind === undefined)
      throw new UsageError(`--target takes SERVER=URL, and the servers are ${[...servers.keys()].join(', ')}`);
    const why = whyNotGiven(kind, url);
    if (why !== null) throw new UsageError(`--target ${name}: ${why}`);
    return [name, url] as const;
  });
  return new Map(pairs);
}
