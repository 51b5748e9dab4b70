/** Consoles get the templates of public updates with the welcome, and again when the configuration is reread. */
import { afterEach, expect, test } from 'vitest';
import type { ReadSettings } from '../../src/hub/settings.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import type { Templates } from '../../src/incident/public-words.ts';
import { until } from '../support/patience.ts';
import { Opened } from '../support/room.ts';

const opened = new Opened();
afterEach(() => opened.tidy());

const all = (text: string): Templates => ({ investigating: text, identified: text, monitoring: text, resolved: text });
const settings = (templates: Templates): ReadSettings => ({
  policy: HANDBOOK_POLICY,
  targets: [],
  rules: [],
  templates,
  later: null,
  tls: null,
  apply: () => {},
});

test('they come with the welcome and with a reload; a hub that has none sends none', async () => {
  const hub = await opened.hub(await opened.folder(), {
    templates: all('{sentence}'),
    reload: () => Promise.resolve(settings(all('We say: {sentence}'))),
  });
  const ana = await opened.client(hub, 'ana');
  await until('the first ones', () => ana.view.templates?.identified === '{sentence}');
  await hub.reload();
  await until('the new ones', () => ana.view.templates?.resolved === 'We say: {sentence}');
  const bob = await opened.client(hub, 'bob');
  await until('a later console has the new ones', () => bob.view.templates?.identified === 'We say: {sentence}');
  const bare = await opened.client(await opened.hub(await opened.folder()), 'ana');
  await until('the welcome', () => bare.view.you !== null);
  expect(bare.view.templates).toBe(undefined);
});
