/** Targets that mean the hub itself, `hub:/healthz`: its address is known only when it listens. */
import type { Target } from './probe.ts';

/** Where the hub answers, without a slash at the end: `http://127.0.0.1:7420`, `ws://127.0.0.1:7420`. */
export interface HubAddress {
  readonly http: string;
  readonly ws: string;
  /** SHA-256 of the hub's own certificate: no authority needs to vouch for it. Null: no TLS. */
  readonly fingerprint: string | null;
}

/** The same targets with `hub:` replaced. */
export const atHub = (targets: readonly Target[], hub: HubAddress): readonly Target[] =>
  targets.map((target) => ({ ...target, settings: resolve(target.settings, hub, target.kind === 'websocket') }));

/** The `url` of a websocket target is the socket; its `health`, and all of an http target, is HTTP. */
function resolve(settings: unknown, hub: HubAddress, isSocket: boolean): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  const entries = Object.entries(settings).flatMap(([key, value]): [string, unknown][] => {
    if (key === 'health') return [[key, resolve(value, hub, false)]];
    if (key !== 'url' || typeof value !== 'string' || !value.startsWith('hub:')) return [[key, value]];
    const url = `${isSocket ? hub.ws : hub.http}${value.slice('hub:'.length)}`;
    return [
      [key, url],
      ['fingerprint', hub.fingerprint],
    ];
  });
  return Object.fromEntries(entries);
}

/** Whether this target is the hub itself. */
export const isHub = ({ settings }: Target): boolean => JSON.stringify(settings ?? null).includes('"hub:');
