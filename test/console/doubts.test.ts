/** What is asked about once more on a screen before it is done. */
import { PassThrough } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { PANELS } from '../../panels/index.ts';
import { frame } from '../../src/console/frame.ts';
import { runPlain } from '../../src/console/plain.ts';
import { until } from '../support/patience.ts';
import { Opened } from '../support/room.ts';
import { STORY, Typist, viewOf, type Told } from './support.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const ASKED: readonly Told[] = [...STORY, ['alice', { kind: 'note', form: 'question', text: 'which deploy?' }, 30]];
const trouble = (person: Typist): string =>
  person.ui.modal?.kind === 'form' ? (person.ui.modal.trouble ?? '') : 'no form';

test('resolving with something open is asked about once, by key and by line', () => {
  const byKey = new Typist(viewOf('alice', ASKED)).press('f3').wait(200).type('r').press('enter');
  expect(byKey.asked).toEqual([]);
  expect(trouble(byKey)).toBe('1 item open; the record will say that it was known; Enter again goes ahead');
  expect(byKey.press('enter').asked).toMatchObject([{ kind: 'set_status', to: 'resolved' }]);
  const byLine = new Typist(viewOf('alice', ASKED)).type('/status resolved errors are gone').press('enter');
  expect([byLine.asked, trouble(byLine)]).toEqual([[], trouble(byLine.wait(200))]);
  expect(byLine.press('enter').asked).toMatchObject([{ to: 'resolved', why: 'errors are gone' }]);
  expect(new Typist(viewOf('alice')).type('/status resolved').press('enter').asked).toHaveLength(1);
  expect(new Typist(viewOf('alice', ASKED)).type('/status monitoring').press('enter').asked).toHaveLength(1);
});

test('declaring what was just declared offers the room that there is', () => {
  const view = viewOf('bob');
  const summary = {
    id: '2026-11-23-slow-cart',
    title: 'slow cart',
    severity: 'SEV-2',
    status: 'declared',
    drill: false,
    declaredAt: new Date(view.now - 120_000).toISOString(),
    lead: null,
    head: 1,
  } as const;
  const bob = new Typist({ ...view, incidents: [summary] }).type('/declare sev2 cart is slow').press('enter').wait(200);
  expect(trouble(bob)).toMatch(/^SEV-2 "slow cart" was declared 2 min ago: Alt-J goes there; Enter again goes ahead$/);
  const other = new Typist({ ...view, incidents: [summary] })
    .type('/declare sev2 cart is slow')
    .press('enter')
    .wait(200);
  expect(bob.press('alt-j').done).toEqual([{ do: 'follow', incident: summary.id }]);
  expect(bob.ui.modal).toBeNull();
  expect(other.press('enter').asked).toMatchObject([{ kind: 'declare', title: 'cart is slow' }]);
});

test('a name that nobody here has is asked about; whoever wrote here, or is on call, has one', () => {
  const view = viewOf('alice', [...STORY, ['zoe', { kind: 'note', text: 'hello' }, 20]]);
  const typed = (line: string, from = view): Typist => new Typist(from).type(line).press('enter');
  expect(typed('/role comms dora').asked).toEqual([]);
  expect(typed('/role comms dora').ui.notice?.text).toBe(
    'nobody here is called "dora"; if they are still to come: dora!',
  );
  expect(typed('/role comms carla').ui.notice?.text).toContain('nobody here is called "carla"');
  expect(typed('/role comms dora!').asked).toMatchObject([{ name: 'dora', unseen: true }]);
  expect(typed('/role comms zoe').asked).toMatchObject([{ name: 'zoe' }]);
  const plan = { people: [{ name: 'dora', aliases: [], phone: null, email: null, slack: null, zone: null }] };
  const oncall = { plan: { ...plan, rotations: [], overrides: [], routes: {} }, rotations: [] };
  expect(typed('/role comms dora', { ...view, oncall }).asked).toMatchObject([{ name: 'dora' }]);
});

test('the form of roles warns when one person would hold IC and OPS', () => {
  const alice = new Typist(viewOf('alice')).press('f4').wait(200).type('o').press('tab').type('al');
  const said = (): string => JSON.stringify(frame(alice.ui, alice.view, PANELS).regions);
  expect(said()).toContain('alice is IC: whoever commands keeps their hands off the systems');
  alice.press('ctrl-u').type('bob');
  expect(said()).not.toContain('hands off');
});

test('the plain mode asks at a terminal, and warns in a pipe', async () => {
  const hub = await opened.hub(await opened.folder());
  async function lines(isTTY: boolean, typed: readonly string[]): Promise<string> {
    const client = await opened.client(hub, 'ana');
    const input = Object.assign(new PassThrough(), { isTTY });
    const output = new PassThrough();
    let said = '';
    output.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const options = { me: 'ana', env: {}, zone: 'utc', ascii: false, color: false } as const;
    const connect = () => Promise.resolve({ client, outbox: { close: () => Promise.resolve() } });
    const ended = runPlain({ ...options, connect }, { input, output });
    for (const [i, line] of typed.entries()) {
      input.write(`${line}\n`);
      await until('it is taken', () => said.includes(`marker ${i}`) || !line.startsWith('marker'));
    }
    input.end();
    await ended;
    return said;
  }
  const begin = ['/declare sev3 slow cart', '/q which deploy?', 'marker 2'];
  const asked = await lines(true, [
    ...begin,
    '/status resolved',
    'marker 4',
    '/status resolved',
    '/status resolved',
    'marker 7',
  ]);
  const [before = '', after = ''] = asked.split('marker 4');
  expect(before).toContain('1 item open; the record will say that it was known; the same line again goes ahead');
  expect(before).not.toContain('-> resolved');
  expect(after).toContain('-> resolved');
  const piped = await lines(false, ['/status investigating', '/status resolved', 'marker 2']);
  expect(piped).toContain('1 item open');
  expect(piped.split('-> resolved').length).toBeGreaterThan(1);
});
