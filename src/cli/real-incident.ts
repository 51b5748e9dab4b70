/** Watches the organisation's own hub while somebody rehearses: what is real goes before any drill. */
import { Client } from '../client/client.ts';
import { runningHub } from '../client/hub-process.ts';
import { until } from '../client/until.ts';
import type { ClientView } from '../client/view.ts';
import { isEnded } from '../incident/incident.ts';
import { systemClock } from '../protocol/clock.ts';
import { address } from './address.ts';
import { Exit, EXIT, type CliContext } from './command.ts';
import { dataDir, myName } from './paths.ts';
import { randomUnit } from './runtime.ts';

export interface RealWatch {
  /** Resolves, in words, with the first real incident that opens, or the first page for this person. */
  readonly opened: Promise<string>;
  close(): Promise<void>;
}

/** A hub that starts later is found within this time, ms. */
const LOOK_MS = 2_000;
const REACH_MS = 3_000;

/** Ends the command when a real incident is open already. */
export async function watchReal(context: CliContext): Promise<RealWatch> {
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
