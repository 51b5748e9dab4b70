/** Targets as this process may poll them: `hub:` stands for this machine's hub, when one runs. */
import { findHub } from '../client/hub-process.ts';
import { atHub } from '../probes/hub-target.ts';
import type { Target } from '../probes/probe.ts';
import type { Context } from './command.ts';
import { dataDir } from './paths.ts';

/** Where `hub:` points while no hub runs: no hub can listen there, so that no other one's answer is taken for it. */
const NOWHERE = { http: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1', fingerprint: null };

export async function hubTargets(context: Context, targets: readonly Target[]): Promise<readonly Target[]> {
  const hub = await findHub(dataDir(context));
  return atHub(targets, hub === null ? NOWHERE : { http: hub.http, ws: hub.url, fingerprint: hub.fingerprint });
}
