/** Runs one drill: starts its servers and its hub, breaks things on cue, lets the voices speak, and scores at the end. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../client/client.ts';
import { runningHub, type LocalHub } from '../client/hub-process.ts';
import { until } from '../client/until.ts';
import type { DrillScore } from '../incident/drill-score.ts';
import { isEnded, isOn, type Incident } from '../incident/incident.ts';
import { errorMessage } from '../incident/words.ts';
import { systemClock } from '../protocol/clock.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { isReached, type DrillMoment } from './moments.ts';
import { scoreOf } from './score.ts';
import type { Cue, Script } from './script.ts';
import { endSupervisor, startProgram } from './servers/private-servers.ts';
import { startWorld, variablesOf } from './world.ts';

export interface DrillOptions {
  readonly script: Script;
  /** The folder of drills, where their records stay. */
  readonly dataDir: string;
  /** A file there that says what the folder is. */
  readonly mark: string;
  /** The program that understands `hub …`. */
  readonly program: readonly [file: string, ...args: string[]];
  /** For the hub: where it listens, its configuration. */
  readonly hubArgs: readonly string[];
  /** URLs of servers that are there already, by name. */
  readonly given: ReadonlyMap<string, string>;
  /** Every part is played by the program: nothing waits for people to read. */
  readonly auto: boolean;
  readonly random: () => number;
  readonly say: (line: string) => void;
}

export interface DrillResult {
  /** Null: none was declared. */
  readonly incident: string | null;
  readonly score: DrillScore | null;
}

/** How the director signs. */
const DIRECTOR = 'drill';
const WELCOME =
  'A drill: nobody outside is told. /drill hint says what helps now, /drill next breaks the next thing; others join with: warroom drill join. It ends when whoever started it leaves.';
const RUNS_ALREADY = 'a drill runs already; join it: warroom drill join';
/** In a drill that plays itself nobody has to be waited for, ms. */
const MOST_AUTO_MS = 300;
/** How long the hub may take to answer, ms. */
const ANSWER_MS = 10_000;

/** Rejects, in words, when a server or the hub cannot be started. */
export async function startDrill(options: DrillOptions): Promise<Drill> {
  try {
    const { script, dataDir, given, say } = options;
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await writeFile(path.join(dataDir, options.mark), 'Drills: a hub on this folder rehearses.\n');
    await freeFolder(dataDir, say);
    say(`starting ${[...script.servers.keys()].join(', ')}`);
    const urls = await startWorld(script.servers, given);
    const env = Object.assign(
      {},
      ...[...urls].map(([name, url]) => variablesOf(name, script.servers.get(name) ?? 'redis', url)),
    );
    say('starting the hub of the drill');
    const [file, ...args] = options.program;
    const server = await startProgram({
      name: 'the hub of the drill',
      bin: file,
      args: [...args, 'hub', '--data', dataDir, '--drill', script.file, ...options.hubArgs],
      env,
      url: '',
      ready: 'the hub is at',
      stopSignal: 'SIGTERM',
      files: {},
    }).catch(async (fault: unknown) => {
      // Another drill may have begun at the same moment.
      throw (await runningHub(dataDir)) === null ? fault : new Error(RUNS_ALREADY);
    });
    const hub = await runningHub(dataDir);
    if (hub === null) throw new Error('the hub of the drill ended at once');
    const drill = new Drill(options, hub, urls);
    void server.exited.then(() => drill.end('its hub ended'));
    await drill.begin();
    return drill;
  } catch (fault) {
    await endSupervisor();
    throw fault;
  }
}

/** Ends a hub that only looks back at earlier drills; rejects when a drill runs. */
async function freeFolder(dataDir: string, say: DrillOptions['say']): Promise<void> {
  const hub = await runningHub(dataDir, say);
  if (hub === null) return;
  if (!hub.background) throw new Error(RUNS_ALREADY);
  process.kill(hub.pid, 'SIGTERM');
  for (const until = Date.now() + ANSWER_MS; Date.now() < until; await sleep(50))
    if ((await runningHub(dataDir)) === null) return;
  throw new Error(`the hub that looks back at earlier drills (process ${hub.pid}) does not end`);
}

export class Drill {
  readonly hub: LocalHub;
  /** Resolves with the reason once `end` was called. */
  readonly ending: Promise<string>;
  readonly #options: DrillOptions;
  readonly #urls: ReadonlyMap<string, string>;
  readonly #director: Client;
  readonly #voices = new Map<string, Client>();
  readonly #waiting: Set<Cue>;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #undo: (() => Promise<void>)[] = [];
  readonly #broken = new Set<string>();
  readonly #faults: { readonly at: string; readonly about: string }[] = [];
  #hints = 0;
  #injected = 0;
  #incident: Incident | null = null;
  #scoring: Promise<DrillResult> | null = null;
  #ending: Promise<DrillResult> | null = null;
  #tellEnding: (why: string) => void = () => {};

  constructor(options: DrillOptions, hub: LocalHub, urls: ReadonlyMap<string, string>) {
    this.#options = options;
    this.hub = hub;
    this.#urls = urls;
    this.#waiting = new Set(options.script.cues);
    this.ending = new Promise((resolve) => (this.#tellEnding = resolve));
    this.#director = this.#client(DIRECTOR);
  }

  /** Ends what earlier drills left open, and sets the script going. */
  async begin(): Promise<void> {
    await until(this.#director, () => this.#director.view.link.state === 'live' || null, ANSWER_MS);
    await this.#endAll();
    this.#director.onChange(() => this.#look());
    this.#look();
  }

  /** Has this moment come? */
  reached(moment: DrillMoment): boolean {
    const { alerts } = this.#director.view;
    const isAnyFiring = alerts?.some(({ state }) => isOn(state)) ?? false;
    return isReached(moment, {
      incident: this.#incident,
      isAnyFiring,
      isNextAsked: this.#asked('next') > this.#injected,
    });
  }

  /** Waits for a moment; false: the drill was over before, or it did not come within `ms`. */
  async wait(moment: DrillMoment, ms: number): Promise<boolean> {
    return (
      (await until(this.#director, () => this.reached(moment) || this.#scoring !== null || null, ms)) === true &&
      this.#scoring === null
    );
  }

  /** Scores what there is, ends hub and servers, and leaves nothing behind. */
  end(why: string): Promise<DrillResult> {
    return (this.#ending ??= this.#end(why));
  }

  async #end(why: string): Promise<DrillResult> {
    this.#tellEnding(why);
    this.#options.say(`the drill ends: ${why}`);
    const result = await this.#score();
    for (const undo of this.#undo.toReversed()) await undo().catch(() => {});
    await Promise.all([this.#director, ...this.#voices.values()].map((client) => client.close()));
    await endSupervisor();
    return result;
  }

  /** Writes an entry that nobody can overlook. */
  async announce(text: string): Promise<void> {
    if (this.#incident !== null) await this.#send(this.#director, { kind: 'note', text, pin: true });
  }

  #client(name: string): Client {
    const { hub } = this;
    return new Client({
      url: hub.url,
      token: hub.token,
      isOwn: true,
      fingerprint: hub.fingerprint,
      name,
      via: 'cli',
      live: true,
      outbox: null,
      incident: null,
      clock: systemClock,
      random: this.#options.random,
    });
  }

  /** How often people asked for it. */
  #asked(cue: 'next' | 'hint' | 'end'): number {
    return this.#director.view.events.filter((event) => event.kind === 'drill_cued' && event.data.cue === cue).length;
  }

  #look(): void {
    if (this.#scoring !== null) return;
    const { view } = this.#director;
    if (this.#incident === null) {
      const open = view.incidents.find((one) => !isEnded(one));
      if (open !== undefined && view.incident === null) this.#director.follow(open.id);
    }
    if (this.#incident === null && view.incident !== null && !this.#options.auto)
      void this.#send(this.#director, { kind: 'note', text: WELCOME }, view.incident.id);
    this.#incident = view.incident;
    for (const cue of this.#waiting) if (this.reached(cue.when) && this.#isHeard(cue)) this.#take(cue);
    if (this.#asked('hint') > this.#hints) this.#hint();
    const isOver = view.incident !== null && (view.incident.status === 'resolved' || isEnded(view.incident));
    if (isOver || this.#asked('end') > 0) void this.#score();
  }

  /** What is said before there is an incident would stand nowhere. */
  #isHeard = ({ fault }: Cue): boolean => fault !== null || this.#incident !== null;

  #take(cue: Cue): void {
    this.#waiting.delete(cue);
    if (cue.when === 'inject') this.#injected++;
    const ms = this.#options.auto ? Math.min(cue.afterMs, MOST_AUTO_MS) : cue.afterMs;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#do(cue);
    }, ms);
    this.#timers.add(timer);
  }

  async #do({ fault, says }: Cue): Promise<void> {
    if (fault !== null) await this.#break(fault);
    if (says === null || this.#scoring !== null) return;
    const voice = this.#voices.get(says.who) ?? this.#client(says.who);
    this.#voices.set(says.who, voice);
    await this.#send(voice, { kind: 'note', text: says.text });
  }

  async #break({ server, about, run }: NonNullable<Cue['fault']>): Promise<void> {
    if (about !== null) {
      this.#broken.add(server);
      this.#faults.push({ at: new Date(this.#director.now()).toISOString(), about });
    }
    try {
      const undo = await run(this.#urls.get(server) ?? '');
      if (this.#options.given.has(server)) this.#undo.push(undo);
    } catch (fault) {
      const why = errorMessage(fault);
      this.#options.say(`could not break ${server}: ${why}`);
      await this.announce(`the drill could not break ${server}: ${why}`);
    }
  }

  #hint(): void {
    this.#hints++;
    const hint = this.#options.script.hints.find(({ until }) => !this.reached(until));
    const text = `HINT: ${hint?.text ?? 'there is nothing left to say: resolve it, and look at the score'}`;
    void this.#send(this.#director, { kind: 'note', text });
  }

  #score(): Promise<DrillResult> {
    return (this.#scoring ??= this.#scored());
  }

  async #scored(): Promise<DrillResult> {
    for (const timer of this.#timers) clearTimeout(timer);
    const { script, auto } = this.#options;
    const { view } = this.#director;
    if (view.incident === null) return { incident: null, score: null };
    for (const { at, about } of this.#faults)
      await this.#send(this.#director, { kind: 'note', text: `FAULT: ${about}`, at });
    const { id } = view.incident;
    await until(this.#director, () => (this.#director.view.events[0]?.seq ?? 2) === 1 || null, ANSWER_MS);
    const score = scoreOf(this.#director.view.events, {
      ...script,
      policy: view.policy,
      broken: this.#broken,
      voices: new Set([DIRECTOR, ...script.cues.flatMap(({ says }) => says?.who ?? [])]),
      auto,
    });
    await this.#send(this.#director, { kind: 'end_drill', score });
    await this.#endAll();
    return { incident: id, score };
  }

  /** Cancels the incidents that are still open. */
  async #endAll(): Promise<void> {
    for (const one of this.#director.view.incidents)
      if (!isEnded(one)) await this.#send(this.#director, { kind: 'end_drill' }, one.id);
  }

  /** Resolves once it is recorded or refused; without a hub at once. */
  async #send(client: Client, command: ConsoleCommand, incident = this.#incident?.id ?? null): Promise<void> {
    const isLost = (): boolean => this.#director.view.link.state !== 'live';
    if (isLost()) return;
    const { n } = await client.submit(command, incident);
    await new Promise<void>((done) => {
      const off = this.#director.onChange(() => isLost() && end());
      const end = (): void => (off(), done());
      void client.settled(n).then(end);
      setTimeout(end, ANSWER_MS).unref();
    });
  }
}
