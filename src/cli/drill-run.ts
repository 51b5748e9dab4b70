/** One drill from its start to its score: on a console, or played by the program, until something real happens. */
import { Client } from '../client/client.ts';
import { runningHub } from '../client/hub-process.ts';
import { until } from '../client/until.ts';
import type { ClientView } from '../client/view.ts';
import { startDrill, type Drill } from '../drills/director.ts';
import type { Script } from '../drills/script.ts';
import { placeholders, whyNotGiven } from '../drills/world.ts';
import { scoreLines } from '../incident/drill-score.ts';
import { isEnded } from '../incident/incident.ts';
import { errorMessage } from '../incident/words.ts';
import { systemClock } from '../protocol/clock.ts';
import { address } from './address.ts';
import { EXIT, Exit, print, UsageError, type CliContext } from './command.ts';
import { openConsole } from './commands/open.ts';
import { runLine } from './command-line.ts';
import { dataDir, DRILLS_MARK, myName, settings } from './paths.ts';
import { randomUnit } from './runtime.ts';

/** Options for the hub of the drill. */
const HUB_OPTIONS = ['listen', 'tls-cert', 'tls-key'];

/** How long a part waits for its moment, ms. */
const PATIENCE_MS = 60_000;
/** Stands for the text that the preview of a step asks for. */
const PREVIEWED = 'PREVIEWED';
/** A hub of the organisation that starts later is found within this time, ms. */
const LOOK_MS = 2_000;
const REACH_MS = 3_000;

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
      ? await Promise.race([play(context, drill, script, place), ending])
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

/** Plays every part by the commands of the shell, which are what people have too. Why not to the end; null: it was. */
async function play(context: CliContext, drill: Drill, { play }: Script, place: Place): Promise<string | null> {
  for (const { when, who, run } of play) {
    if (when !== null && !(await drill.wait(when, PATIENCE_MS)))
      return `${who} waited for what never came: ${typeof when === 'string' ? when : `step ${when.step}`}`;
    context.progress(`${who}: warroom ${run.join(' ')}`);
    const fault = await act(who, run, place);
    if (fault !== null) return `${who} could not ${run.join(' ')}: ${fault}`;
  }
  return null;
}

async function act(who: string, run: readonly string[], place: Place): Promise<string | null> {
  const at = run.indexOf(PREVIEWED);
  if (at < 0) return (await asked(who, run, place)).fault;
  const { out, fault } = await asked(who, [...run.toSpliced(at - 1, 2), '--dry-run'], place);
  if (fault !== null) return fault;
  const { preview } = JSON.parse(out) as { readonly preview?: { readonly confirm?: string } };
  return (await asked(who, run.with(at, preview?.confirm ?? ''), place)).fault;
}

async function asked(who: string, run: readonly string[], { dataDir, inside }: Place) {
  let [out, err] = ['', ''];
  const code = await runLine([...run, '--json', '--as', who, '--data', dataDir], {
    env: inside.env,
    stdout: (text) => (out += text.toString()),
    stderr: (text) => (err += text),
  });
  return { out, fault: code === EXIT.ok ? null : `${out}${err}`.trim() };
}

interface RealWatch {
  /** Resolves, in words, with the first real incident that opens, or the first page for this person. */
  readonly opened: Promise<string>;
  close(): Promise<void>;
}

/**
 * Watches the organisation's own hub while somebody rehearses: what is real goes before any drill. Ends the command when
 * a real incident is open already.
 */
async function watchReal(context: CliContext): Promise<RealWatch> {
  const me = myName(context);
  const running = () => runningHub(dataDir(context));
  let client: Client | null = null;
  let tell: (what: string) => void = () => {};
  const opened = new Promise<string>((resolve) => (tell = resolve));
  const look = (): void => {
    const what = client === null ? null : realNews(client.view, me);
    if (what !== null) tell(what);
  };
  async function attach(): Promise<void> {
    if (client !== null) return;
    const { hub, locate } = await address(context, { first: running, again: running });
    if (hub === null || client !== null) return;
    const basics = { name: me, via: 'cli', live: true, outbox: null, incident: null } as const;
    client = new Client({ ...hub, ...basics, clock: systemClock, random: randomUnit, locate });
    client.onChange(look);
  }
  await attach();
  const first: Client | null = client;
  if (first !== null) {
    await until(first, () => (first as Client).view.link.state === 'live' || null, REACH_MS);
    const what = realNews((first as Client).view, me);
    if (what !== null) {
      await (first as Client).close();
      throw new Exit(EXIT.refused, `this is no time for a drill: ${what}; open the war room: warroom`);
    }
  }
  const timer = setInterval(() => void attach(), LOOK_MS);
  return {
    opened,
    async close() {
      clearInterval(timer);
      await client?.close();
    },
  };
}

/** Null: nothing real asks for this person. */
function realNews({ incidents, alerts }: ClientView, me: string): string | null {
  const open = incidents.find(
    (one) => !isEnded(one) && one.status !== 'resolved' && !one.drill && one.imported !== true,
  );
  if (open !== undefined) return `${open.severity} ${open.title} is open`;
  const page = alerts?.find(
    ({ acked, paged = [] }) => acked === undefined && paged.some(({ name, answered }) => name === me && !answered),
  );
  return page === undefined ? null : `you are paged: ${page.severity} ${page.summary}`;
}
