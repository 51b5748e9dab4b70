/** `npm run demo`: opens the war room on real servers with a little traffic, and cleans up after it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startDemoWorld } from './world.ts';

const cli = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));

/** Runs a command of the built program on this terminal; answers its exit code. */
function warroom(args: readonly string[], stdio: 'inherit' | 'ignore'): Promise<number> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio });
    child.on('error', () => done(1));
    child.on('exit', (code) => done(code ?? 1));
  });
}

// Ctrl-C is the console's; this process ends when the console does.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(signal, () => {});
console.log('starting Redis, PostgreSQL and a small chat service …');
const world = await startDemoWorld();
const places = ['--config', world.config, '--data', world.data];
const code = await warroom(places, 'inherit');
await warroom(['hub', 'stop', ...places], 'ignore');
await world.close();
process.exit(code);
