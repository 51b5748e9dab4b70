/** The built hub with its shipped limits and no targets, and the invitations that an abuser and a bystander have. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInvite } from '../../src/hub/invites.ts';
import type { Scene } from './abuses.ts';
import type { Place, Ready } from './program.ts';

export interface AbusedHub extends Pick<Scene, 'url' | 'writer' | 'reader' | 'crowd'> {
  readonly ready: Ready;
  readonly bystander: Scene['writer'];
  /** The most memory the hub held so far. */
  peakMiB(): number;
}

export async function abusedHub(place: Place): Promise<AbusedHub> {
  const config = path.join(place.data, 'config');
  mkdirSync(config);
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  const invite = async (name: string, observer: boolean): Promise<Scene['writer']> => ({
    name,
    token: await createInvite(place.data, { name, observer, expiresAt: null }),
  });
  const bystander = await invite('bea', false);
  const writer = await invite('mallory', false);
  const reader = await invite('guest', true);
  const crowd: Scene['writer'][] = [];
  for (let at = 0; at < 25; at++) crowd.push(await invite(`p${at}`, false));
  const { ready } = await place.hub(['--config', config]);
  const peakMiB = (): number =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${ready.pid}/status`, 'utf8'))?.[1]) / 1024;
  return { ready, url: ready.url, bystander, writer, reader, crowd, peakMiB };
}
