/** One shell command's connection to a hub: connects, sends what was left unsent, reports what was refused. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '../client/client.ts';
import type { HubLocation } from '../client/link.ts';
import { until } from '../client/until.ts';
import type { Incident } from '../incident/incident.ts';
import { isName, nameRule } from '../incident/person-name.ts';
import type { Outbox } from '../log/outbox.ts';
import { systemClock } from '../protocol/clock.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { address } from './address.ts';
import { type CliContext, Exit, EXIT, refusalOf, UsageError } from './command.ts';
import { loadIncidents, saveIncidents, saveOncall } from './hub-cache.ts';
import { dataDir, myName, outboxDir } from './paths.ts';
import { NO_HUB, randomUnit } from './runtime.ts';

/** How long a shell command waits for the hub, ms. */
const REACH_MS = 5_000;
/** How long a connected hub may take to send what was asked for, ms. */
const ANSWER_MS = 15_000;
/** How long it retries where no hub listens, ms: enough for one that is being restarted. */
const REFUSED_MS = 800;
/** How long a command waits for what earlier ones left unsent, ms. */
const EARLIER_MS = 10_000;

/** What a hub says, or the data folder in its place. */
export interface Reader {
  readonly client: Pick<Client, 'view' | 'now' | 'ask' | 'page' | 'onChange'>;
  readonly live: boolean;
  /** The data folder that stands in for the hub; absent: none does. */
  readonly folder?: string;
  /** Where no hub answers, and why. */
  readonly trouble: string;
  /** The hub's incidents; while it is away, those it had when it last answered. */
  readonly incidents: readonly IncidentSummary[];
  /** Those that were asked for by --incident and are in the archive. */
  readonly archived: readonly string[];
  /** The incident, once this side holds its entries up to `head`. */
  held(incident: string, head: number): Promise<Incident>;
}
export interface Session extends Reader {
  readonly client: Client;
  /** Stores the incidents for while the hub is away. */
  remember(incidents: readonly IncidentSummary[]): Promise<void>;
  close(): Promise<void>;
}

/** Connects. A hub that is away is no error: see `live`. */
async function openSession(context: CliContext, writes: boolean): Promise<Session> {
  const name = myName(context);
  if (!isName(name)) throw new UsageError(`${nameRule('a name')} (--as NAME)`);
  const dir = dataDir(context);
  const running = async () => (await import('../client/hub-process.ts')).runningHub(dir, (line) => context.err(line));
  const { hub, key, locate } = await address(context, { first: running, again: running });
  if (hub === null && !writes)
    throw new Exit(
      EXIT.unreachable,
      `no hub runs on this machine (${dir}); "warroom" opens the console and starts one, --hub URL names another`,
    );
  // The client is slow to load; usage errors and a hub that does not run are reported without it.
  const { Client } = await import('../client/client.ts');
  const { openOutbox } = await import('../log/outbox.ts');
  const outbox = writes ? await openOutbox({ dir: outboxDir(dir, key, name) }) : null;
  const client = new Client({
    ...(hub ?? NO_HUB),
    name,
    via: 'cli',
    live: false,
    outbox,
    incident: null,
    clock: systemClock,
    random: randomUnit,
    locate,
  });
  const close = async (): Promise<void> => {
    await saveOncall(dir, key, client);
    await client.close();
    await outbox?.close();
  };
  const live =
    hub !== null &&
    (await reached(client).catch(async (fault: unknown) => {
      await close();
      throw fault;
    }));
  for (const trouble of outbox?.troubles() ?? []) context.err(trouble);
  const remember = (incidents: readonly IncidentSummary[]): Promise<void> => saveIncidents(dir, key, incidents);
  const held = (incident: string, head: number): Promise<Incident> => heldAtHub(client, incident, head);
  const session = { client, live, held, remember, close };
  if (!live) {
    const incidents = await loadIncidents(dir, key);
    return { ...session, trouble: away(dir, hub, client), incidents, archived: [] };
  }
  await remember(client.view.incidents);
  await sentBefore(outbox);
  reportRefused(context, client);
  return { ...session, trouble: '', ...(await incidentsNamed(client, context.text('incident'))) };
}

async function heldAtHub(client: Client, id: string, head: number): Promise<Incident> {
  client.follow(id);
  const held = (): Incident | string | null => {
    const { incident, unserved } = client.view;
    return incident?.id === id && incident.head >= head ? incident : unserved;
  };
  const found = await until(client, held, ANSWER_MS);
  if (found === null) throw new Exit(EXIT.unreachable, 'the hub stopped answering');
  if (typeof found === 'string') throw unanswered(client, found, 'not_found');
  return found;
}

/** Ends a command that got no answer: refused, or unreachable where the hub is gone. */
export const unanswered = ({ view }: Reader['client'], fault = 'the hub has no answer', code = 'refused'): Exit =>
  view.link.state === 'live' ? refusalOf(code, fault) : new Exit(EXIT.unreachable, fault);

/** The hub's incidents, and those whose ids begin with `wanted`, of which it has told only the latest. */
export async function incidentsNamed(
  client: Client,
  wanted: string | undefined,
): Promise<Pick<Session, 'incidents' | 'archived'>> {
  const { incidents } = client.view;
  if (!wanted || incidents.some(({ id }) => id === wanted)) return { incidents, archived: [] };
  const answer = (await client.ask({ what: 'incidents', begins: wanted.toLowerCase() })).incidents;
  const told = new Set(incidents.map(({ id }) => id));
  const others = answer?.found.filter(({ id }) => !told.has(id)) ?? [];
  return { incidents: [...incidents, ...others], archived: answer?.archived.first ?? [] };
}

function away(dir: string, hub: HubLocation | null, { view }: Client): string {
  if (hub === null) return `no hub runs on this machine (${dir})`;
  const why = view.link.reason ?? `nothing was heard for ${REACH_MS / 1000} s`;
  return `no hub answers at ${hub.url.replace(/\/$/, '')}: ${why}`;
}

/** Reports the refused commands of earlier runs; on a terminal, where a person reads it, they are then forgotten. */
function reportRefused(context: CliContext, client: Client): void {
  for (const { id, state, at, text, reason } of client.view.pending) {
    if (state !== 'refused') continue;
    context.err(
      `what waited since ${new Date(at).toISOString()} was refused: "${text}": ${reason ?? 'no reason given'}`,
    );
    if (process.stderr.isTTY) client.dismiss(id);
  }
}

/** Waits for what earlier commands left unsent, so that the record keeps the order in which entries were written. */
async function sentBefore(outbox: Outbox | null): Promise<void> {
  const end = Date.now() + EARLIER_MS;
  while (outbox?.others().some((other) => other.waiting().length > 0) && Date.now() < end) await wait(10);
}

/** Whether the connection is up, as soon as that is known; a refused token ends the command. */
async function reached(client: Client): Promise<boolean> {
  const { AWAY } = await import('../client/link-failure.ts');
  const ended = () => ['live', 'refused'].find((state) => state === client.view.link.state) ?? null;
  const isAway = (): boolean => AWAY.includes(client.view.link.reason ?? '');
  const first = await until(client, () => ended() ?? (isAway() ? 'away' : null), REACH_MS);
  const state = first === 'away' ? await until(client, ended, REFUSED_MS) : first;
  if (state === 'refused') throw refusalOf('forbidden', client.view.link.reason ?? 'the hub will not have us');
  return state === 'live';
}

/** Runs `use` on a connection for writing, whether the hub is there or not, and closes it. */
export const writing = <T>(context: CliContext, use: (session: Session) => Promise<T>): Promise<T> =>
  closing(openSession(context, true), use);

/** `writing`, but without a hub the command ends, and says what was not done: it would be of no use later. */
export const writingNow = <T>(context: CliContext, undone: string, use: (session: Session) => Promise<T>): Promise<T> =>
  writing(context, (session) => {
    if (!session.live) throw new Exit(EXIT.unreachable, `${session.trouble}; nothing was ${undone}`);
    return use(session);
  });

/** Runs `use` on a connection for reading; a hub that does not answer ends the command. */
export const reading = <T>(context: CliContext, use: (session: Session) => Promise<T>): Promise<T> =>
  closing(openSession(context, false), (session) => {
    if (!session.live) throw new Exit(EXIT.unreachable, session.trouble);
    return use(session);
  });

/** `reading`, as a command does it. */
export const readingSession = async (
  context: CliContext,
  use: (session: Session) => Promise<void>,
): Promise<number> => {
  await reading(context, use);
  return EXIT.ok;
};

/** The answer of a hub; where none answers, that of `otherwise`, which gets the reason. */
export const fromHubOr = <T>(
  context: CliContext,
  use: (session: Session) => Promise<T>,
  otherwise: (away: Exit) => Promise<T>,
): Promise<T> =>
  reading(context, use).catch((fault: unknown) => {
    if (fault instanceof Exit && fault.code === EXIT.unreachable) return otherwise(fault);
    throw fault;
  });

/** Runs `use` on a hub, or where none runs on this machine on what its data folder has, which is said on stderr. */
export const readingHere = <T>(context: CliContext, use: (reader: Reader) => Promise<T>): Promise<T> =>
  fromHubOr(context, use, async (away) => use(await (await import('./data-folder.ts')).openFolder(context, away)));

/**
 * `readingHere`, for what changes by the minute: where only the data folder answers, a person reads what it has and the
 * exit code says that no hub was asked; a script gets no old state for the present one.
 */
export const readingNow = (context: CliContext, use: (reader: Reader) => Promise<void>): Promise<number> =>
  context.json
    ? readingSession(context, use)
    : readingHere(context, async (reader) => {
        await use(reader);
        return reader.live ? EXIT.ok : EXIT.unreachable;
      });

async function closing<T>(opening: Promise<Session>, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await opening;
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
