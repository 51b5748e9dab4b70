/** One shell command's connection to a hub: connects, sends what was left unsent, says what was refused. */
import type { Client } from '../client/client.ts';
import { isName, nameRule } from '../incident/person-name.ts';
import type { Outbox } from '../log/outbox.ts';
import { systemClock } from '../protocol/clock.ts';
import { address } from './address.ts';
import { type CliContext, Exit, EXIT, refusalOf, UsageError } from './command.ts';
import { saveIncidents } from './incident-cache.ts';
import { dataDir, myName, outboxDir } from './paths.ts';
import { randomUnit } from './runtime.ts';

/** How long a shell command waits for the hub before it says that it is out of reach; ms. */
const REACH_MS = 5_000;
/** How long it tries where no hub listens, ms: a hub that is just being started again comes up within it. */
const REFUSED_MS = 800;
/** How long a command waits for what earlier ones left unsent; ms. */
const EARLIER_MS = 10_000;

export interface Session {
  readonly client: Client;
  /** Whether the hub answers. */
  readonly live: boolean;
  /** Where no hub answers, and why, in words. */
  readonly trouble: string;
  /** What this hub is called in files of ours. */
  readonly hub: string;
  close(): Promise<void>;
}

/** Connects. Never throws because a hub is away: `live` says so. */
async function openSession(context: CliContext, writes: boolean): Promise<Session> {
  const name = myName(context);
  if (!isName(name)) throw new UsageError(`${nameRule('a name')} (--as NAME)`);
  const { url, key, locate, ...location } = await address(context);
  if (url === null && !writes)
    throw new Exit(
      EXIT.unreachable,
      `no hub runs on this machine (${dataDir(context)}); "warroom" opens the console and starts one, --hub URL names another`,
    );
  // The client is the slow part to load; wrong words and a hub that does not run are told without it.
  const { openClient } = await import('../client/client.ts');
  const { AWAY } = await import('../client/link-failure.ts');
  const { openOutbox } = await import('../log/outbox.ts');
  const outbox = writes ? await openOutbox({ dir: outboxDir(dataDir(context), key, name) }) : null;
  const client = openClient({
    url: url ?? 'ws://127.0.0.1:1',
    ...location,
    name,
    via: 'cli',
    live: false,
    outbox,
    incident: null,
    clock: systemClock,
    random: randomUnit,
    ...(locate === undefined ? {} : { locate }),
  });
  const close = async (): Promise<void> => {
    await client.close();
    await outbox?.close();
  };
  const live =
    url !== null &&
    (await reached(client, AWAY).catch(async (fault: unknown) => {
      await close();
      throw fault;
    }));
  for (const trouble of outbox?.troubles() ?? []) context.err(trouble);
  if (live) {
    await saveIncidents(dataDir(context), key, client.view.incidents);
    await sentBefore(outbox);
    tellRefused(context, client);
  }
  return { client, live, trouble: live ? '' : away(context, url, client.view.link.reason), hub: key, close };
}

function away(context: CliContext, url: string | null, reason: string | null): string {
  if (url === null) return `no hub runs on this machine (${dataDir(context)})`;
  return `no hub answers at ${url.replace(/\/$/, '')}: ${reason ?? `nothing was heard for ${REACH_MS / 1000} s`}`;
}

/**
 * What an earlier command left to be sent, and the hub refused. It is forgotten once a person was told; in a pipe nobody
 * may have read it, so the next command tells it again.
 */
function tellRefused(context: CliContext, client: Client): void {
  for (const { id, state, at, text, reason } of client.view.pending) {
    if (state !== 'refused') continue;
    context.err(
      `what waited since ${new Date(at).toISOString()} was refused: "${text}": ${reason ?? 'no reason given'}`,
    );
    if (process.stderr.isTTY) client.dismiss(id);
  }
}

/** What an earlier command left unsent goes first, so that the record keeps the order things were written in. */
async function sentBefore(outbox: Outbox | null): Promise<void> {
  const end = Date.now() + EARLIER_MS;
  while (outbox?.others().some((other) => other.waiting().length > 0) && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Resolves true once the link is live, false when it will not be; a refused token ends the command. */
function reached(client: Client, away: readonly string[]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => settle(() => resolve(false)), REACH_MS);
    let gone = false;
    const off = client.onChange(() => look());
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      off();
      end();
    };
    const look = (): void => {
      const { state, reason } = client.view.link;
      if (state === 'live') settle(() => resolve(true));
      if (reason !== null && away.includes(reason) && !gone) {
        gone = true;
        clearTimeout(timer);
        timer = setTimeout(() => settle(() => resolve(false)), REFUSED_MS);
      }
      if (state === 'refused') settle(() => reject(refusalOf('forbidden', reason ?? 'the hub will not have us')));
    };
    look();
  });
}

/** Runs `use` on a connection for writing, whether the hub is there or not, and closes it. */
export const writing = <T>(context: CliContext, use: (session: Session) => Promise<T>): Promise<T> =>
  closing(openSession(context, true), use);

/** Runs `use` on a connection for reading; a hub that does not answer ends the command with its exit code. */
export const readingSession = (context: CliContext, use: (session: Session) => Promise<void>): Promise<number> =>
  closing(openSession(context, false), async (session) => {
    if (!session.live) throw new Exit(EXIT.unreachable, session.trouble);
    await use(session);
    return EXIT.ok;
  });

async function closing<T>(opening: Promise<Session>, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await opening;
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
