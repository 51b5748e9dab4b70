/** Which hub a shell command connects to, and with what token. */
import type { LocalHub } from '../client/hub-process.ts';
import type { HubLocation } from '../client/link.ts';
import { UsageError, type CliContext } from './command.ts';
import { named } from './paths.ts';

export interface Address {
  /** Null: no hub is known to run on this machine. */
  readonly hub: HubLocation | null;
  /** A name for files: `local`, or the host and port. */
  readonly key: string;
  /** Where the hub is after the connection broke; absent for a named hub, which does not move. */
  readonly locate?: () => Promise<HubLocation | null>;
}
/** How this machine's hub is found: at first, and after the connection broke. */
export interface LocalHubFinder {
  first(): Promise<LocalHub | null>;
  again(): Promise<LocalHub | null>;
}

const keyOf = (url: URL): string => url.host.replaceAll(/[^a-z0-9.-]/gi, '_');

/** A name for files of the hub that is asked for: `local`, or its host and port. */
export function hubKey(context: CliContext): string {
  const given = named(context, 'hub', 'WARROOM_HUB');
  return given === undefined ? 'local' : keyOf(hubUrl(given));
}

/** `--hub` and `--token`, else this machine's hub and its token file. */
export async function address(context: CliContext, local: LocalHubFinder): Promise<Address> {
  const given = named(context, 'hub', 'WARROOM_HUB');
  const token = named(context, 'token', 'WARROOM_TOKEN');
  if (given !== undefined) {
    const url = hubUrl(given);
    return { hub: { url: url.href, token: token ?? '' }, key: keyOf(url) };
  }
  const locationOf = (hub: LocalHub | null): HubLocation | null =>
    hub && { url: hub.url, token: token ?? hub.token, isOwn: token === undefined, fingerprint: hub.fingerprint };
  return { hub: locationOf(await local.first()), key: 'local', locate: async () => locationOf(await local.again()) };
}

/** `ws://host:port`, `http://…` or `host:port` as the URL of a hub's WebSocket. */
export function hubUrl(text: string): URL {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `ws://${text}`;
  if (!URL.canParse(whole))
    throw new UsageError(`"${text}" is no address of a hub; write ws://HOST:PORT or wss://HOST:PORT`);
  const url = new URL(whole.replace(/^http/i, 'ws'));
  if (url.protocol !== 'ws:' && url.protocol !== 'wss:')
    throw new UsageError(`a hub is reached by ws:// or wss://, not ${url.protocol}//`);
  return url;
}
