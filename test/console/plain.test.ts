import { PassThrough } from 'node:stream';
import { afterEach, expect, inject, test } from 'vitest';
import { runPlain } from '../../src/console/plain.ts';
import { Patient } from '../hub/watched.ts';
import { stepOptions } from '../runbooks/step-hub.ts';
import { planFor } from '../support/on-call.ts';
import { Opened } from '../support/room.ts';
import { until } from '../support/patience.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

async function plain(me: string, client: Awaited<ReturnType<Opened['client']>>, isTTY = false) {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY });
  let text = '';
  output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const left = runPlain(
    {
      me,
      env: {},
      zone: 'utc',
      ascii: false,
      color: false,
      connect: () => Promise.resolve({ client, outbox: { close: () => Promise.resolve() } }),
    },
    { input, output },
  );
  const says = (what: string): Promise<boolean> =>
    until(
      `it says "${what}"`,
      () => text.includes(what),
      () => text,
    );
  return { input, left, says, text: () => text };
}

test('the same room as lines: declare, write, ask, leave', async () => {
  const hub = await opened.hub(await opened.folder());
  const bob = await plain('bob', await opened.client(hub, 'bob'));
  await bob.says('no incident open here');
  bob.input.write('nobody hears this\n');
  await bob.says('no incident is open');
  bob.input.write('/declare sev1 checkout is down\n');
  await bob.says('DECLARED SEV-1 High: checkout is down #1');
  bob.input.write('pool is full\n/sev\n/status\n/who\n/nosuch\n');
  await bob.says('bob: pool is full #2');
  await bob.says('say it on one line: /sev 0..3 [why]');
  await bob.says('WHO IS HERE');
  await bob.says('there is no command /nosuch');
  bob.input.write('\u001b[2Jtwo\n');
  await bob.says('[2Jtwo #3');
  expect(bob.text()).not.toContain('\u001b');
  bob.input.end('last words');
  expect(await bob.left).toBe(3);
  expect(bob.text()).toContain('last words #4');
});

test('a line of a pipe that was not done is said by the exit code: refused by the hub, by the room, or not understood', async () => {
  const hub = await opened.hub(await opened.folder());
  const codes = async (...lines: readonly string[]): Promise<readonly number[]> => {
    const ended: number[] = [];
    for (const line of lines) {
      const room = await plain('bob', await opened.client(hub, 'bob'));
      room.input.end(`${line}\n`);
      ended.push(await room.left);
    }
    return ended;
  };
  expect(await codes('/declare sev2 orders are slow', '/ack', 'fine')).toEqual([0, 0, 0]);
  expect(await codes('/ack', '/nosuch', '/sev', '#99 refused by the hub')).toEqual([3, 3, 3, 3]);
});

test('who is on an alert is said, and which alerts there are', async () => {
  const rule = '\n  - { name: Memory, condition: redis_memory_usage > 90%, severity: SEV-2 }';
  const patient = new Patient().set('cache', { redis_memory_usage: 0.93 });
  const hub = await opened.hub(await opened.folder(), patient.options(rule));
  const eve = await plain('eve', await opened.client(hub, 'eve'));
  const bob = await plain('bob', await opened.client(hub, 'bob'));
  await bob.says('ALARM: SEV-2 Memory on cache: 0.93 (redis_memory_usage > 90%)');
  await bob.says(' left: /ack');
  bob.input.write('/ack\n');
  await eve.says('bob acknowledged SEV-2 Memory on cache: 0.93 (redis_memory_usage > 90%); it asks again ');
  await eve.says('ALARM: bob is on SEV-2 Memory');
  bob.input.write('/alerts\n');
  await bob.says('  SEV-2 Memory  cache  firing, bob is on it, ');
  bob.input.end();
  eve.input.end();
  await Promise.all([bob.left, eve.left]);
});

test('lines of a pipe that come all at once: what follows a declaration is meant for it', async () => {
  const hub = await opened.hub(await opened.folder());
  const bob = await plain('bob', await opened.client(hub, 'bob'));
  bob.input.end('/declare sev2 orders are slow\nfirst\n-5m before that\n');
  expect(await bob.left).toBe(0);
  expect(bob.text()).toMatch(/DECLARED SEV-2 Medium: orders are slow #1\n[^]*bob: first #2\n[^]*before that #3/);
});

test('what could not be sent before the end of the pipe is said by the exit code', async () => {
  const hub = await opened.hub(await opened.folder());
  const bob = await plain('bob', await opened.client(hub, 'bob'));
  bob.input.write('/declare sev3 slow cart\n');
  await bob.says('DECLARED');
  await hub.close();
  await bob.says('HUB LOST');
  bob.input.end('kept\n');
  expect(await bob.left).toBe(5);
});

test('a page and an offer of command are said and ring on a terminal; no bell goes into a pipe', async () => {
  const hub = await opened.hub(await opened.folder(), { oncall: planFor('on-call-primary') });
  const ana = await plain('ana', await opened.client(hub, 'ana'), true);
  const bob = await plain('bob', await opened.client(hub, 'bob'));
  await ana.says('no incident open here');
  bob.input.write('/declare sev1 checkout is down\n/role ic bob\n');
  await until('the page rings', () => /PAGED {2}L1 ana: SEV-1 checkout is down\n[^]*\x07/.test(ana.text()), ana.text);
  bob.input.write('/handover ana\n');
  await until('the offer rings', () => /bob offers you command.*\n[^]*\x07/.test(ana.text()), ana.text);
  ana.input.write('/accept\n');
  await bob.says('role IC -> ana');
  ana.input.end();
  bob.input.end();
  await Promise.all([ana.left, bob.left]);
  expect(bob.text()).toContain('PAGED  L1 ana: SEV-1 checkout is down');
  expect(bob.text()).not.toContain('\x07');
});

test('what a step prints is shown while it runs', async () => {
  const hub = await opened.hub(await opened.folder(), stepOptions(inject('redisUrl'), inject('databaseUrl')));
  const bob = await plain('bob', await opened.client(hub, 'bob'));
  bob.input.write('/declare sev3 slow cart\n/run r waits\n');
  await bob.says(': begun\n');
  expect(bob.text()).not.toMatch(/stopped|finished/);
  bob.input.write('/stop\n');
  await bob.says('stopped');
  bob.input.write('/run r say word=hi\n');
  await bob.says(': hi hi hi the secret is •••\n');
  bob.input.end();
  expect(await bob.left).toBe(0);
});
