/** Announces the hub to the consoles of this machine. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readRuntime, runtimeFile, type Runtime } from '../protocol/runtime.ts';

/** Tells where the hub is; called when it listens already. */
export async function announce(dataDir: string, runtime: Runtime): Promise<void> {
  const fresh = `${runtimeFile(dataDir)}.${runtime.pid}`;
  await writeFile(fresh, `${JSON.stringify(runtime)}\n`, { mode: 0o600 });
  await rename(fresh, runtimeFile(dataDir));
}

/** Takes the announcement back, unless another hub has made its own meanwhile. */
export async function withdraw(dataDir: string, own: Runtime): Promise<void> {
  const text = await readFile(runtimeFile(dataDir), 'utf8').catch(() => '');
  const there = readRuntime(text);
  if (there?.pid === own.pid && there.startedAt === own.startedAt) await rm(runtimeFile(dataDir), { force: true });
}
