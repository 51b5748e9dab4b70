/** The console's connection to its hub: a named one, or this machine's, which is started when none runs. */
import { Client } from '../client/client.ts';
import { findAgain, findOrStartHub, NotStarted } from '../client/hub-process.ts';
import { openOutbox, type Outbox } from '../log/outbox.ts';
import { systemClock } from '../protocol/clock.ts';
import { address, type LocalHubFinder } from './address.ts';
import { EXIT, Exit, type CliContext } from './command.ts';
import { keepOncall } from './hub-cache.ts';
import { madeDataDir, named, outboxDir } from './paths.ts';
import { NO_HUB, randomUnit } from './runtime.ts';

/** Ends the command when this machine's hub cannot be started; rejects when the outbox cannot be opened. */
export async function attach(
  context: CliContext,
  me: string,
): Promise<{ client: Client; outbox: Outbox; troubles: readonly string[] }> {
  const dir = await madeDataDir(context, EXIT.unreachable);
  const said: string[] = [];
  const { hub, key, locate } = await address(
    context,
    starting(context, dir, (line) => said.push(line)),
  );
  const outbox = await openOutbox({ dir: outboxDir(dir, key, me) });
  const client = new Client({
    ...(hub ?? NO_HUB),
    name: me,
    via: 'console',
    live: true,
    outbox,
    incident: context.text('incident'),
    clock: systemClock,
    random: randomUnit,
    locate,
  });
  keepOncall(dir, key, client);
  return { client, outbox, troubles: [...said, ...outbox.troubles()] };
}

/** Finds this machine's hub or starts it, also when it dies later. */
function starting(context: CliContext, dataDir: string, say: (line: string) => void): LocalHubFinder {
  const options = { dataDir, configDir: named(context, 'config', 'WARROOM_CONFIG') ?? null, say };
  let background = false;
  return {
    async first() {
      const hub = await findOrStartHub(options).catch((fault: unknown) => {
        throw fault instanceof NotStarted ? new Exit(EXIT.unreachable, fault.message) : fault;
      });
      background = hub.background;
      return hub;
    },
    again: () => findAgain(options, background),
  };
}
