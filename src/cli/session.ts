/** One shell command's connection to a hub: finds it, says who we are, picks the incident. */
import { readFile } from 'node:fs/promises';
import type { Client } from '../client/client.ts';
import type { Place } from '../client/link.ts';
import type { Event } from '../incident/event.ts';
import { isEnded, type Incident } from '../incident/incident.ts';
import { isName, nameRule } from '../incident/name.ts';
import type { Outbox } from '../log/outbox.ts';
import { systemClock } from '../protocol/clock.ts';
import type { IncidentSummary } from '../protocol/messages.ts';
import { EXIT, Exit, UsageError, type Context } from './command.ts';
import { loadKnown, saveKnown } from './known.ts';
import { dataDir, myName, named, outboxDir } from './places.ts';
import { randomUnit } from './random.ts';

/** How long a shell command waits for the hub before it says that it is out of reach; ms. */
const REACH_MS = 3_000;
/** How long it tries where nobody listens, ms: a hub that is just being started again comes up within it. */
const REFUSED_MS = 800;
/** How long a connected hub may take to send what was asked for; ms. */
const ANSWER_MS = 15_000;
/** How long a command waits for what earlier ones left unsent; ms. */
const EARLIER_MS = 10_000;
/** Entries fetched at once. */
const PAGE = 500;

export interface Session {
  readonly client: Client;
  /** Is the hub answering. */
  readonly live: boolean;
  /** Where no hub answers, and why, in words. */
  readonly trouble: string;
  /** What this hub is called in files of ours. */
  readonly hub: string;
  close(): Promise<void>;
}

/** Where the hub is and what lets us in. `url` null: none runs on this machine, as far as we know. */
export interface Address {
  readonly url: string | null;
  readonly token: string;
  /** Of this machine's hub: the certificate it has. */
  readonly fingerprint?: string | null;
  /** A name for files: `local`, or the host and port. */
  readonly key: string;
  /** Where it is now, when the line to it broke. */
  readonly locate?: () => Promise<Place | null>;
}

/** `--hub` and `--token`, else this machine's hub and its token file. */
export async function address(context: Context): Promise<Address> {
  const given = named(context, 'hub', 'WARROOM_HUB');
  const token = named(context, 'token', 'WARROOM_TOKEN');
  if (given !== undefined) {
    const url = hubUrl(given);
    return { url: url.href, token: token ?? '', key: url.host.replaceAll(/[^a-z0-9.-]/gi, '_') };
  }
  const { readRuntime, runtimeFile, tokenFile } = await import('../protocol/runtime.ts');
  const dir = dataDir(context);
  const look = async (): Promise<Pick<Address, 'url' | 'token' | 'fingerprint'>> => {
    const runtime = readRuntime(await trimmed(runtimeFile(dir)));
    return {
      url: runtime?.url ?? null,
      token: token ?? (await trimmed(tokenFile(dir))),
      fingerprint: runtime?.fingerprint ?? null,
    };
  };
  const locate: Address['locate'] = async () => {
    const { url, ...more } = await look();
    return url === null ? null : { ...more, url };
  };
  return { ...(await look()), key: 'local', locate };
}

/** `ws://host:port`, `http://…` or `host:port` as the URL of a hub's WebSocket. */
export function hubUrl(text: string): URL {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
  let url: URL;
  try {
    url = new URL(whole.replace(/^http/i, 'ws'));
  } catch {
    throw new UsageError(`"${text}" is no address of a hub; write ws://HOST:PORT or wss://HOST:PORT`);
  }
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw new UsageError(`a hub is reached by ws:// or wss://, not ${url.protocol}//`);
  return url;
}

/** What a file holds, or nothing when there is none. */
async function trimmed(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch {
    return '';
  }
}

/** Connects. Never throws because a hub is away: `live` says so. */
export async function openSession(context: Context, writes: boolean): Promise<Session> {
  const name = myName(context);
  if (!isName(name)) throw new UsageError(`${nameRule('a name')} (--as NAME)`);
  const { url, token, key, locate, fingerprint = null } = await address(context);
  if (url === null && !writes)
    throw new Exit(
      EXIT.unreachable,
      `no hub runs on this machine (${dataDir(context)}); "warroom" opens the console and starts one, --hub URL names another`,
    );
  // The client is the slow part to load; wrong words and a hub that does not run are told without it.
  const { openClient } = await import('../client/client.ts');
  const { NOBODY } = await import('../client/link.ts');
  const { openOutbox } = await import('../log/outbox.ts');
  const outbox = writes ? await openOutbox({ dir: outboxDir(dataDir(context), key, name) }) : null;
  const client = openClient({
    url: url ?? 'ws://127.0.0.1:1',
    token,
    fingerprint,
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
    (await reached(client, NOBODY).catch(async (fault: unknown) => {
      await close();
      throw fault;
    }));
  if (live) {
    await saveKnown(dataDir(context), key, client.view.incidents);
    await sentBefore(outbox);
    tellRefused(context, client);
  }
  return { client, live, trouble: live ? '' : away(context, url, client.view.link.reason), hub: key, close };
}

function away(context: Context, url: string | null, reason: string | null): string {
  if (url === null) return `no hub runs on this machine (${dataDir(context)})`;
  return `no hub answers at ${url.replace(/\/$/, '')}: ${reason ?? `nothing was heard for ${REACH_MS / 1000} s`}`;
}

/** What an earlier command left to be sent and the hub would not have: this is the first time that anybody can be told. */
function tellRefused(context: Context, client: Client): void {
  for (const { state, at, text, reason } of client.view.pending)
    if (state === 'refused')
      context.err(
        `what waited since ${new Date(at).toISOString()} was refused: "${text}": ${reason ?? 'no reason given'}`,
      );
}

/** What an earlier command left unsent goes first, so that the record keeps the order things were written in. */
async function sentBefore(outbox: Outbox | null): Promise<void> {
  const end = Date.now() + EARLIER_MS;
  while (outbox?.others().some((other) => other.waiting().length > 0) && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Resolves true once the link is live, false when it will not be; a refused token ends the command. */
function reached(client: Client, nobody: string): Promise<boolean> {
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
      if (reason === nobody && !gone) {
        gone = true;
        clearTimeout(timer);
        timer = setTimeout(() => settle(() => resolve(false)), REFUSED_MS);
      }
      if (state === 'refused')
        settle(() => reject(new Exit(EXIT.refused, `refused (forbidden): ${reason ?? 'the hub will not have us'}`)));
    };
    look();
  });
}

/** `--incident`, else the only one that is open. Several, or none, is an error that says which there are. */
export async function pickIncident(context: Context, session: Session): Promise<IncidentSummary> {
  const known: readonly IncidentSummary[] = session.live
    ? session.client.view.incidents
    : await loadKnown(dataDir(context), session.hub);
  const wanted = context.text('incident');
  if (wanted !== undefined) {
    const found = known.find((incident) => incident.id === wanted);
    if (found !== undefined) return found;
    if (session.live) throw new Exit(EXIT.refused, `not_found: there is no incident "${wanted}"${listed(known)}`);
    return unseen(wanted);
  }
  const open = known.filter((incident) => !isEnded(incident));
  const running = open.filter((incident) => incident.status !== 'resolved');
  const only = running.length === 1 ? running[0] : open.length === 1 ? open[0] : undefined;
  if (only !== undefined) return only;
  if (open.length === 0)
    throw session.live
      ? new Exit(EXIT.refused, 'not_found: no incident is open; declare one: warroom declare TITLE --sev 0..3')
      : new Exit(
          EXIT.unreachable,
          `${session.trouble}, and no open incident is known here; name it with --incident ID to queue this`,
        );
  throw new UsageError(`several incidents are open; say which with --incident ID${listed(open)}`);
}

/** An incident named by somebody who should know, while the hub cannot be asked. */
const unseen = (id: string): IncidentSummary => ({
  id,
  title: id,
  severity: 'SEV-3',
  status: 'declared',
  drill: false,
  declaredAt: new Date(0).toISOString(),
  lead: null,
  head: 0,
});

const listed = (incidents: readonly IncidentSummary[]): string =>
  incidents.map(({ id, severity, status }) => `\n    ${id}  ${severity} ${status}`).join('');

/** A connection for reading; a hub that does not answer ends the command with its exit code. */
export async function live(context: Context): Promise<Session> {
  const session = await openSession(context, false);
  if (session.live) return session;
  await session.close();
  throw new Exit(EXIT.unreachable, session.trouble);
}

/** Follows `id` and resolves with the incident once this side holds all the hub had. */
export function followed(session: Session, id: string): Promise<Incident> {
  const { client } = session;
  const head = client.view.incidents.find((incident) => incident.id === id)?.head ?? 0;
  client.follow(id);
  return until(session, () => {
    const { incident } = client.view;
    return incident !== null && incident.id === id && incident.head >= head ? incident : null;
  });
}

/** All events after `after` that the followed incident has; older pages are fetched as needed. */
export async function events(session: Session, after: number): Promise<readonly Event[]> {
  const { client } = session;
  for (;;) {
    const held = client.view.events;
    const first = held[0]?.seq ?? (client.view.incident?.head ?? 0) + 1;
    if (first <= after + 1) return held;
    if ((await client.page(Math.max(after + 1, first - PAGE), first - 1)).length === 0)
      throw new Exit(EXIT.unreachable, 'the hub stopped answering');
  }
}

/** Resolves with what `look` finds, asked again at every change. */
function until<T>({ client }: Session, look: () => T | null): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      off();
      reject(new Exit(EXIT.unreachable, 'the hub stopped answering'));
    }, ANSWER_MS);
    const check = (): void => {
      const found = look();
      if (found === null) return;
      clearTimeout(timer);
      off();
      resolve(found);
    };
    const off = client.onChange(check);
    check();
  });
}
