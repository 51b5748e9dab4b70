/** `warroom update` as a whole process on a real hub: word for word, in a template, and as a preview. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
const config = path.join(place.data, 'ours');
const template = (state: string, text: string): void =>
  writeFileSync(path.join(config, 'templates', `${state}.md`), text);
afterAll(() => place.close());

beforeAll(async () => {
  mkdirSync(path.join(config, 'templates'), { recursive: true });
  writeFileSync(
    path.join(config, 'warroom.yaml'),
    'targets: [{ name: cache, kind: redis, url: "redis://:secret@kv1.shop:1", every: 1h }]\n',
  );
  await place.hub(['--config', config]);
  await place.json(['declare', 'checkout errors', '--sev', '1']);
  await place.json(['role', 'ic', 'alice']);
});

async function told(): Promise<{ text: string; updateDueAt: string | null; state?: string; component?: string }> {
  const lines = (await place.run(['tail', '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.filter(({ kind }) => kind === 'public_updated').at(-1).data;
}
const minute = (at: string | null): string => `${(at ?? '').slice(0, 16).replace('T', ' ')} UTC`;

test('a preview is what is then recorded, with what was told before filled in, and nothing is sent by it', async () => {
  const words = ['update', 'A change overloaded a part of it.', '--status', 'identified', '--next', '45m'];
  const at = ['--at', '-1m'];
  const first = [...words, '--component', 'Checkout', '--impact', 'payments by card fail', ...at];
  const preview = await place.run([...first, '--preview']);
  expect([preview.code, preview.stderr]).toEqual([0, '']);
  expect(await place.run(['show', '--json']).then(({ stdout }) => JSON.parse(stdout).lastPublic)).toBe(null);
  expect(preview.stdout).toMatch(
    /^Checkout: identified\nWe found the cause and are working on a fix\.\nSome users may notice: payments by card fail\.\nA change overloaded a part of it\.\nStarted \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\nNext update by \d{4}-\d\d-\d\d \d\d:\d\d UTC\.\n$/,
  );
  await place.json(first);
  const recorded = await told();
  // The minute may have passed between the two.
  const masked = (text: string): string => text.replaceAll(/\d\d:\d\d UTC/g, 'then');
  expect(masked(`${recorded.text}\n`)).toBe(masked(preview.stdout));
  expect(recorded).toMatchObject({ state: 'identified', component: 'Checkout', impact: 'payments by card fail' });
  expect(recorded.text).toContain(`Next update by ${minute(recorded.updateDueAt)}.`);

  await place.json(['update', 'The fix is out.', '--status', 'monitoring']);
  const second = await told();
  expect(second.text).toMatch(/^Checkout: monitoring\n[\s\S]*\nLast update .* UTC\.\nNext update by /);
  await place.json(['update', 'All works again.', '--status', 'resolved', '--summary', 'A change was taken back.']);
  expect(await told()).toMatchObject({
    text: expect.stringMatching(/^Checkout: resolved\n[\s\S]*All works again\.\nA change was taken back\.$/) as string,
    updateDueAt: null,
  });
});

test('internal words are named on stderr, and left as they are; with --json beside the text', async () => {
  const text = 'SEV-1: alice restarts orders-db-2, then kv1.shop.';
  const words = await place.whole(['update', text]);
  expect(words).toMatchObject({
    code: 0,
    stderr: 'sounds internal, and the public reads it: SEV-1, alice, orders-db-2, kv1.shop\n',
  });
  expect((await told()).text).toBe(text);
  const { stdout } = await place.run(['update', text, '--preview', '--json']);
  expect(JSON.parse(stdout)).toEqual({
    text: expect.stringContaining(`\n${text}\n`) as string,
    internal: ['SEV-1', 'alice', 'orders-db-2', 'kv1.shop'],
  });
});

test('a template is read again on a reload, as a whole or not at all; check names its faults', async () => {
  template('investigating', 'We see trouble with {component}.\n{sentance}\n');
  const faults = await place.run(['check', '--config', config]);
  expect(faults.code).toBe(1);
  expect(faults.stderr + faults.stdout).toMatch(
    /investigating\.md:2:1: there is no placeholder \{sentance\}; did you mean "sentence"\?/,
  );
  expect((await place.run(['hub', 'reload'])).code).toBe(3);
  const preview = ['update', 'More soon.', '--preview', '--status', 'investigating', '--next', '10m'];
  expect((await place.run(preview)).stdout).toContain('We are looking into a problem.');
  template('investigating', 'We see trouble with {component}.\n{sentence}\n');
  expect((await place.run(['hub', 'reload'])).code).toBe(0);
  expect((await place.run(preview)).stdout).toBe('We see trouble with Checkout.\nMore soon.\n');
});

test('what cannot be meant is said before anything is asked of the hub; without a hub no template is filled', async () => {
  const trouble = async (...args: string[]) => {
    const { code, stderr } = await place.run(['update', ...args]);
    return [code, stderr.split('\n')[0]];
  };
  expect(await trouble('x', '--status', 'fixed')).toEqual([
    2,
    expect.stringContaining('--status is one of investigating, identified, monitoring, resolved; not "fixed"'),
  ]);
  expect(await trouble('--preview')).toEqual([2, expect.stringContaining('an update needs words')]);
  expect(await trouble('x', '--component', 'y'.repeat(201))).toEqual([3, expect.stringContaining('invalid')]);
  await place.whole(['hub', 'stop']);
  const queued = ['--incident', '2026-11-23-checkout-errors'];
  expect(await trouble('x', '--status', 'identified', ...queued)).toEqual([
    4,
    expect.stringContaining('nothing was queued'),
  ]);
  expect(await trouble('x', ...queued)).toEqual([5, expect.stringContaining('kept on this machine')]);
});
