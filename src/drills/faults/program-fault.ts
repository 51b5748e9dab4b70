/** Faults of our own programs, which take them over HTTP. */
import type { Fault } from './fault.ts';

async function put(url: string, body: object): Promise<() => Promise<void>> {
  const answer = await fetch(`${url}/fault`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return () => Promise.resolve();
}

/** Clients that reconnect in a storm: `storm` attempts a second, of which the server can take `capacity`. */
export const chatStorm: Fault = {
  kind: 'chat',
  read(settings) {
    const [storm, capacity] = [settings.count('storm', 0, 40), settings.count('capacity', 0, 10)];
    return (url) => put(url, { storm, capacity });
  },
};

const PROVIDER = ['well', 'down', 'secret'];

/** What the OAuth provider does: `well`, `down`, or `secret`, with which our secret is no longer taken. */
export const oauthProvider: Fault = {
  kind: 'oauth',
  read(settings) {
    const provider = settings.filled('provider') ?? '';
    if (settings.has('provider') && !PROVIDER.includes(provider))
      settings.fault('provider', `provider is ${PROVIDER.join(', ')}`);
    return (url) => put(url, { provider });
  },
};
