import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseAtomFeed } from 'feedsmith';
import { describe, expect, test } from 'vitest';
import { publicIncident, readIncidents } from '../../src/delivery/public-incident.ts';
import statusFiles from '../../src/delivery/receivers/status-files.ts';
import { apiFiles, atomFeed, statusPageHtml } from '../../src/delivery/status-page.ts';
import { SettingsReader } from '../../src/probes/settings-reader.ts';
import fc from '../support/property.ts';
import { message } from './messages.ts';
import { filesOf, page, update } from './status-folder.ts';

test('page, feed and answers say what the public was told, and nothing else', async () => {
  const site = page({ url: 'https://status.example.org' });
  const words = { component: 'Live updates', impact: 'messages arrive late', nextUpdateAt: '2026-11-23T14:35:00.000Z' };
  await site.tell({ text: 'We look into it.', update: words });
  await site.tell({ text: 'We found it.', at: '2026-11-23T14:20:00.000Z', update: { ...words, state: 'identified' } });

  expect(site.api('status')).toMatchObject({
    page: { name: 'Example', url: 'https://status.example.org/', time_zone: 'Etc/UTC' },
    status: { indicator: 'major', description: 'Major problems' },
  });
  const [incident, ...others] = site.api('summary').incidents;
  expect(others).toEqual([]);
  expect(incident).toMatchObject({
    name: 'Live updates: messages arrive late',
    status: 'identified',
    impact: 'major',
    resolved_at: null,
    incident_updates: [
      { body: 'We found it.', status: 'identified' },
      { body: 'We look into it.', status: 'investigating' },
    ],
  });
  expect(site.api('components').components).toMatchObject([{ name: 'Live updates', status: 'partial_outage' }]);
  const { entries = [] } = site.feed();
  expect(entries.map(({ title }) => title)).toMatchObject([
    { value: 'Identified: Live updates: messages arrive late' },
    { value: 'Investigating: Live updates: messages arrive late' },
  ]);
  expect(site.html()).toContain('We look into it.');
  // The title and the id are for us; who wrote it, too.
  const files = filesOf(site.dir);
  expect(files).toHaveLength(7);
  for (const file of files) expect(readFileSync(file, 'utf8')).not.toMatch(/websocket|SEV-|\bana\b/i);
  for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o644);
});

test('incidents share the folder, also after a restart; the feed keeps its ids', async () => {
  const site = page();
  const first = { id: '2026-11-23-one' };
  const second = { id: '2026-11-23-two', severity: 'SEV-0' as const };
  await site.tell({ incident: first, text: 'One is slow.', update: { component: 'One' } });
  const before = site.feed().entries!.map(({ id }) => id);
  await site.tell({
    incident: second,
    text: 'Two is down.',
    at: '2026-11-23T14:10:00.000Z',
    update: { component: 'Two' },
  });
  expect(site.api('incidents/unresolved').incidents.map(({ name }) => name)).toEqual(['Two', 'One']);
  expect(site.api('status').status.indicator).toBe('critical');
  expect(site.feed().entries!.map(({ id }) => id)).toEqual([
    expect.stringMatching(/^urn:uuid:[\da-f-]{36}$/),
    ...before,
  ]);

  await site.tell({
    incident: second,
    text: 'Two is well.',
    at: '2026-11-23T14:30:00.000Z',
    update: { state: 'resolved' },
  });
  expect(site.api('summary').incidents.map(({ name }) => name)).toEqual(['One']);
  expect(site.api('incidents').incidents).toMatchObject([{ name: 'Two', resolved_at: '2026-11-23T14:30:00.000Z' }, {}]);
  expect(site.api('status').status.indicator).toBe('major');
  await site.tell({ incident: first, at: '2026-11-23T14:40:00.000Z', update: { state: 'resolved' } });
  expect(site.api('status').status).toEqual({ indicator: 'none', description: 'No incidents reported' });
});

test('an open incident of the lowest severity is no green light', async () => {
  const site = page();
  await site.tell({ incident: { severity: 'SEV-3' } });
  expect(site.api('status').status.indicator).toBe('minor');
});

test('the same message again changes nothing', async () => {
  const site = page();
  const one = update({ text: 'We look into it.' });
  await site.send(one, [one]);
  const written = filesOf(site.dir).map((file) => readFileSync(file, 'utf8'));
  await site.send({ ...one, id: `${one.id.slice(0, -1)}X`, again: true }, [one]);
  expect(filesOf(site.dir).map((file) => readFileSync(file, 'utf8'))).toEqual(written);
});

test('old incidents give way, open ones never; long ones show their newest updates', async () => {
  const site = page();
  await site.tell({ incident: { id: 'open' }, at: '2026-11-01T00:00:00.000Z' });
  const others = Array.from({ length: 60 }, (_, i) => `2026-11-23T14:${String(i).padStart(2, '0')}:00.000Z`);
  const past = others.map((at) =>
    publicIncident([update({ incident: { id: `over-${at}` }, at, text: at, update: { state: 'resolved' } })]),
  );
  const kept = site.api('incidents').incidents;
  writeFileSync(path.join(site.dir, 'api/v2/incidents.json'), JSON.stringify({ incidents: [...past, ...kept] }));
  await site.tell({
    incident: { id: 'over' },
    at: '2026-11-23T15:00:00.000Z',
    text: 'last',
    update: { state: 'resolved' },
  });
  const { incidents } = site.api('incidents');
  expect(incidents).toHaveLength(50);
  expect(incidents.at(-1)).toMatchObject({ resolved_at: null });
  expect(incidents.slice(0, 2)).toMatchObject([{ name: 'last' }, { name: others.at(-1) }]);

  const long = others.map((at) => update({ incident: { id: 'long' }, at, text: at })).toReversed();
  await site.send(long[0]!, long);
  expect(site.api('incidents/unresolved').incidents[0]!.incident_updates).toHaveLength(50);
  expect(site.html()).toContain('Older updates: 10 more');
});

test('whoever reads while it is written sees a whole file', async () => {
  const site = page();
  const text = 'We look into it. '.repeat(500);
  await site.tell({ text });
  const writes = { left: 10 };
  const writing = (async () => {
    for (; writes.left > 0; writes.left--) await site.tell({ text });
  })();
  let reads = 0;
  while (writes.left > 0) {
    expect(site.html()).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect(site.api('incidents').incidents).toHaveLength(1);
    reads++;
    await new Promise(setImmediate);
  }
  await writing;
  expect(reads).toBeGreaterThan(5);
});

describe('what stands in the way', () => {
  test('is said, is tried again, and leaves the page as it was', async () => {
    const site = page();
    await site.tell({ text: 'We look into it.' });
    const shown = site.html();
    rmSync(path.join(site.dir, 'history.atom'));
    mkdirSync(path.join(site.dir, 'history.atom'));
    const one = update({ text: 'Another one.' });
    expect(await site.send(one, [one])).toEqual({
      state: 'retry',
      error: `the status page was not written to ${site.dir}: a folder stands where a file must be written`,
    });
    expect(site.html()).toBe(shown);
    rmSync(path.join(site.dir, 'history.atom'), { recursive: true });
    expect(await site.send(one, [one])).toEqual({ state: 'delivered' });
    expect(site.html()).toContain('Another one.');
  });

  test('a file instead of the folder', async () => {
    const site = page();
    writeFileSync(site.dir, '');
    const one = update();
    expect(await site.send(one, [one])).toMatchObject({ state: 'retry', error: expect.stringContaining('is a file') });
  });

  test.each(['', '{', '[]', '{"incidents":[{"id":7}]}'])(
    '%j in place of the incidents: said in a note',
    async (text) => {
      const site = page();
      await site.tell({});
      writeFileSync(path.join(site.dir, 'api/v2/incidents.json'), text);
      expect(await site.tell({ text: 'We look into it.' })).toMatchObject({
        note: 'api/v2/incidents.json could not be read: it was made anew, without past incidents',
      });
      expect(site.api('incidents').incidents).toHaveLength(1);
    },
  );
});

test('a test proves that the folder can be written, and shows nothing', async () => {
  const site = page();
  const outcome = await site.send(message('test', { incident: null, text: 'TEST of page' }));
  expect(outcome).toEqual({ state: 'delivered', note: 'written; a test does not show on the page' });
  expect(site.html()).toContain('No incidents reported');
  expect(site.html()).not.toContain('TEST');
});

test('nothing but public updates is taken', async () => {
  const site = page();
  expect(await site.send(message('decision'))).toMatchObject({ state: 'failed' });
  expect(existsSync(site.dir)).toBe(false);
});

test('faults of its settings are named', () => {
  const faultsOf = (raw: Record<string, unknown>) => {
    const reader = new SettingsReader(raw);
    statusFiles.read(reader);
    return reader.faults.map(({ message }) => message);
  };
  expect(faultsOf({})).toEqual(['"dir" is missing']);
  expect(faultsOf({ dir: 'status', url: 'ftp://x' })).toEqual([
    'dir must be a full path, such as /srv/status',
    'url must begin with https:// or http://',
  ]);
});

const NOW = '2026-11-23T14:05:00.000Z';
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.constantFrom('<script>', ']]>', '&', '"', "'", '<!--', '</p>', '\u0000', '\ud800', '\u202e', '{', '\n'), {
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
);

test('no text breaks the page, the feed or the answers', () => {
  const site = { title: '<b>&', url: null, id: 'x' };
  // What XML cannot hold, and half characters, are replaced; line ends become one kind when XML is read.
  const readable = (text: string) =>
    text
      .toWellFormed()
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/\r\n?/g, '\n');
  fc.assert(
    fc.property(hostile, hostile, (text, component) => {
      const incidents = [publicIncident([update({ text: `x${text}x`, update: { component: component || null } })])!];
      const answer = apiFiles(site, incidents, NOW)['api/v2/incidents.json']!;
      expect(answer.isWellFormed()).toBe(true);
      expect(readIncidents(answer)).toEqual(incidents);
      const feed = atomFeed(site, incidents, NOW);
      expect(feed).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      const content = parseAtomFeed(feed).entries![0]!.content;
      expect(readable(content?.value ?? '')).toBe(readable(`x${text}x`));
      expect(statusPageHtml(site, incidents, NOW)).not.toContain('<script');
    }),
  );
});
