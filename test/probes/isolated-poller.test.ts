/** The process that polls ends: what is asked of it meanwhile is answered. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { IsolatedPoller } from '../../src/probes/isolated-poller.ts';
import { until } from '../support/patience.ts';
import { target } from './ask.ts';

const childrenOf = (pid: number): readonly string[] =>
  execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes('probe-process'));

test('whoever asks for an inspection while the process is started anew gets an answer', async () => {
  let readings = 0;
  let ended = (): void => {};
  const hasEnded = new Promise<void>((done) => (ended = done));
  const poller = new IsolatedPoller({
    targets: [await target('host', 'host', {}, 100)],
    onReading: () => void readings++,
    say: () => ended(),
  });
  await until('it polls', () => readings > 1);
  const [child = ''] = childrenOf(process.pid);
  process.kill(Number.parseInt(child, 10), 'SIGKILL');
  await hasEnded;
  const answered = await Promise.race([poller.inspect('host'), new Promise((done) => setTimeout(done, 5_000, 'none'))]);
  expect(answered).toEqual({ refused: expect.stringContaining('is being started') });
  await poller.close();
});
