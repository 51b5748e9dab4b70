/** The console's line to its hub: this machine's (started when none runs), or the one that was named. */
import { openClient, type Client } from '../client/client.ts';
import { findAgain, findOrStartHub, NotStarted } from '../client/hub-process.ts';
import { openOutbox, type Outbox } from '../log/outbox.ts';
import { systemClock } from '../protocol/clock.ts';
import { address, type Address } from './address.ts';
import { EXIT, Exit, type CliContext } from './command.ts';
import { madeDataDir, named, outboxDir } from './paths.ts';
import { randomUnit } from './runtime.ts';

export interface Attached {
  readonly client: Client;
  readonly troubles: readonly string[];
  readonly outbox: Outbox;
}

/** Rejects, in words, when this machine's hub cannot be started or the outbox cannot be opened. */
export async function attach(context: CliContext, me: string): Promise<Attached> {
  const dir = await madeDataDir(context, EXIT.unreachable);
  const elsewhere = named(context, 'hub', 'WARROOM_HUB');
  const said: string[] = [];
  const { url, key, locate, ...location } =
    elsewhere === undefined ? await local(context, dir, (line) => said.push(line)) : await address(context);
  const outbox = await openOutbox({ dir: outboxDir(dir, key, me) });
  const incident = context.text('incident');
  const client = openClient({
    url: url ?? '',
    ...location,
    name: me,
    via: 'console',
    live: true,
    outbox,
    ...(incident === undefined ? {} : { incident }),
    clock: systemClock,
    random: randomUnit,
    ...(locate === undefined ? {} : { locate }),
  });
  return { client, outbox, troubles: [...said, ...outbox.troubles()] };
}

/** This machine's hub. Should it die, the line finds it where it comes up again, or starts it. */
async function local(context: CliContext, dir: string, say: (line: string) => void): Promise<Address> {
  const configDir = named(context, 'config', 'WARROOM_CONFIG') ?? null;
  const options = { dataDir: dir, configDir, say };
  const hub = await findOrStartHub(options).catch((fault: unknown) => {
    throw fault instanceof NotStarted ? new Exit(EXIT.unreachable, fault.message) : fault;
  });
  const given = named(context, 'token', 'WARROOM_TOKEN');
  return {
    url: hub.url,
    token: given ?? hub.token,
    isOwn: given === undefined,
    fingerprint: hub.fingerprint,
    key: 'local',
    locate: async () => {
      const again = await findAgain(options, hub.background);
      return again === null ? null : { ...again, token: given ?? again.token, isOwn: given === undefined };
    },
  };
}
