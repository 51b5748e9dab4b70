/** Targets with a `hub:` URL, such as `hub:/healthz`, are the hub itself: its address is known only when it listens. */
import type { Raw, Target } from './probe.ts';

/** Base URLs of the hub: `http://127.0.0.1:7420`, `ws://127.0.0.1:7420`. */
export interface HubAddress {
  readonly http: string;
  readonly ws: string;
  /** SHA-256 of the hub's own certificate, which no authority needs to sign; null without TLS. */
  readonly fingerprint: string | null;
}

export const atHub = (targets: readonly Target[], hub: HubAddress): readonly Target[] =>
  targets.map((target) => ({ ...target, settings: resolve(target.settings, hub, target.kind === 'websocket') }));

/** The `url` of a websocket target is the socket; its `health`, like the `url` of an http target, is HTTP. */
function resolve(settings: unknown, hub: HubAddress, isSocket: boolean): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  const { url, health }: Raw = { ...settings };
  const isHub = typeof url === 'string' && url.startsWith('hub:');
  return {
    ...settings,
    ...(isHub && { url: `${isSocket ? hub.ws : hub.http}${url.slice('hub:'.length)}`, fingerprint: hub.fingerprint }),
    ...(health !== undefined && { health: resolve(health, hub, false) }),
  };
}

export const isHub = ({ settings }: Target): boolean => JSON.stringify(settings ?? null).includes('"hub:');
