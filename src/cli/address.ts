/** Which hub a shell command speaks to, and what lets it in. */
import { readFile } from 'node:fs/promises';
import type { HubLocation } from '../client/link.ts';
import { UsageError, type CliContext } from './command.ts';
import { dataDir, named } from './paths.ts';

/** Where the hub is and what lets us in. `url` null: none runs on this machine, as far as we know. */
export interface Address extends Omit<HubLocation, 'url'> {
  readonly url: string | null;
  /** A name for files: `local`, or the host and port. */
  readonly key: string;
  /** Where it is now, when the line to it broke. */
  readonly locate?: () => Promise<HubLocation | null>;
}

/** `--hub` and `--token`, else this machine's hub and its token file. */
export async function address(context: CliContext): Promise<Address> {
  const given = named(context, 'hub', 'WARROOM_HUB');
  const token = named(context, 'token', 'WARROOM_TOKEN');
  if (given !== undefined) {
    const url = hubUrl(given);
    return { url: url.href, token: token ?? '', key: url.host.replaceAll(/[^a-z0-9.-]/gi, '_') };
  }
  const { runningHub } = await import('../client/hub-process.ts');
  const { tokenFile } = await import('../protocol/runtime.ts');
  const dir = dataDir(context);
  const look = async (): Promise<Omit<Address, 'key'>> => {
    const hub = await runningHub(dir, (line) => context.err(line));
    return {
      url: hub?.url ?? null,
      token: token ?? (await trimmed(tokenFile(dir))),
      isOwn: token === undefined,
      fingerprint: hub?.fingerprint ?? null,
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
