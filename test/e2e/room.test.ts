/** Two people, two terminals, one hub; a third who comes late. Keys in, screens read back. */
import { afterEach, beforeEach, expect, test as always } from 'vitest';
import { ended, InProcess } from '../support/program.ts';
import { hasTmux, Tmux, type Terminal } from './tmux.ts';

const test = always.skipIf(!hasTmux);

let place: InProcess;
let tmux: Tmux;
beforeEach(() => {
  place = new InProcess();
  tmux = new Tmux();
});
afterEach(async () => {
  tmux.close();
  await place.run(['hub', 'stop']);
  await place.close();
});

async function declare(who: Terminal, title: string): Promise<void> {
  who.line(`/declare ${title}`);
  await who.sees('DECLARE');
  // A form that has just opened takes no keys for 150 ms: what was typed for the line must not answer it.
  await new Promise((resolve) => setTimeout(resolve, 300));
  who.press('Enter');
  await who.sees(/#1\b/);
}

test('declare, set severity, take roles, write, join late: everybody sees the same', async () => {
  const alice = tmux.open(place, 'alice');
  await alice.sees('alice >');
  await declare(alice, 'checkout errors');
  const bob = tmux.open(place, 'bob', [], 80, 24);
  await bob.sees('checkout errors');

  alice.line('/role ic alice');
  await bob.sees(/IC alice/);
  alice.line('/sev 1 half of the users');
  await bob.sees(/SEV-1/);
  bob.line('suspect deploy 4f2c1a');
  await alice.sees('suspect deploy 4f2c1a');
  bob.line('/sev 3 it is nothing');
  await bob.sees(/only the IC|the IC is alice/);

  const carol = tmux.open(place, 'carol', [], 200, 55);
  await carol.sees('suspect deploy 4f2c1a');
  await carol.sees(/IC alice/);
  await carol.sees(/SEV-1/);
});

test('the hub is killed: consoles say so, keep what is written, and nothing is lost or twice', async () => {
  const { ready, child } = await place.hub();
  await place.json(['declare', 'db down', '--sev', '1']);
  const alice = tmux.open(place, 'alice');
  const bob = tmux.open(place, 'bob');
  await alice.sees('db down');
  await bob.sees('db down');
  alice.line('before the crash');
  await bob.sees('before the crash');
  child.kill('SIGKILL');
  await ended(child);
  await alice.sees(/HUB LOST/);
  alice.line('written in the dark by alice');
  await alice.sees('written in the dark by alice');
  bob.line('written in the dark by bob');
  await bob.sees('written in the dark by bob');
  const port = new URL(ready.url).port;
  await place.hub(['--listen', `127.0.0.1:${port}`]);
  await alice.sees('written in the dark by bob');
  await bob.sees('written in the dark by alice');
  await alice.losesSight(/HUB LOST/);
  const { stdout } = await place.run(['tail', '--json']);
  const texts = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { data: { text?: string } }).data.text);
  expect(texts.filter(Boolean).sort()).toEqual(
    ['before the crash', 'written in the dark by alice', 'written in the dark by bob'].sort(),
  );
});

test('leaving gives the terminal back', async () => {
  const alice = tmux.open(place, 'alice');
  await alice.sees('alice >');
  expect(alice.flag('#{alternate_on}')).toBe('1');
  alice.press('C-c');
  alice.press('C-c');
  await alice.sees('left with 0');
  expect(alice.flag('#{alternate_on} #{cursor_flag} #{mouse_any_flag}')).toBe('0 1 0');
  alice.line('stty -a | grep -o -- "-*icanon\\|-*echo\\b"');
  await alice.sees(/^icanon/m);
});

test('a paste of many lines is never sent line by line', async () => {
  const alice = tmux.open(place, 'alice');
  await alice.sees('alice >');
  await declare(alice, 'paste test');
  alice.paste(Array.from({ length: 21 }, (_, at) => `pasted line ${at}`).join('\n'));
  await alice.sees(/paste(d)? 21 lines|21 lines/);
  alice.press('Enter');
  await alice.sees('pasted line 0');
  const { stdout } = await place.run(['tail', '--json']);
  expect(stdout.trim().split('\n')).toHaveLength(2);
});

test('the hub a console had started dies: it is started again, and nothing is lost', async () => {
  const alice = tmux.open(place, 'alice');
  await alice.sees('alice >');
  await alice.sees('link ok');
  await declare(alice, 'hub dies');
  const { pid } = (await place.json(['hub', 'status'])) as { pid: number };
  process.kill(pid, 'SIGKILL');
  alice.line('written just then');
  await alice.sees('written just then');
  await alice.sees('link ok');
  const again = (await place.json(['hub', 'status'])) as { pid: number };
  expect(again.pid).not.toBe(pid);
  await alice.sees(/written just then\s+#2/);
  expect((await place.run(['tail', '--json'])).stdout.trim().split('\n')).toHaveLength(2);
});
