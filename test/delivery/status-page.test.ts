import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Browser, chromium } from '../support/browser.ts';
import { page } from './status-folder.ts';

/** Runs in the page. */
const LOOK = readFileSync(path.join(import.meta.dirname, 'look-at-page.js'), 'utf8');
interface Look {
  readonly title: string;
  /** How much wider the page is than the window. */
  readonly overflow: number;
  readonly texts: number;
  /** Texts with too little contrast. */
  readonly faint: readonly string[];
  readonly dark: boolean;
  readonly body: string;
  readonly headings: readonly string[];
  readonly scripts: number;
}

describe.skipIf(chromium === null)('in a browser', { timeout: 60_000 }, () => {
  const sneaky = `</p><script>document.title='run'</script><img src="/stolen" onerror="document.title='run'"> & "so on"`;

  test('it can be read at both widths, light and dark, and loads and runs nothing', async () => {
    const site = page({ title: 'Example services' });
    await site.tell({
      incident: { id: 'past' },
      at: '2026-11-20T09:00:00.000Z',
      text: 'It works again.',
      update: { component: 'Search', state: 'resolved' },
    });
    await site.tell({
      incident: { id: 'two', severity: 'SEV-2' },
      at: '2026-11-23T13:00:00.000Z',
      text: 'مرحبا, a second one',
      update: { component: 'Profile pictures', impact: 'pictures load slowly' },
    });
    await site.tell({
      text: 'Live updates: investigating\nWe are looking into a problem.',
      update: { component: 'Live updates', impact: 'messages arrive late', nextUpdateAt: '2026-11-23T14:35:00.000Z' },
    });
    await site.tell({
      at: '2026-11-23T14:25:00.000Z',
      text: `${sneaky} ${'unbreakable'.repeat(30)}`,
      update: {
        component: 'Live updates',
        impact: 'messages arrive late',
        state: 'identified',
        nextUpdateAt: '2026-11-23T14:55:00.000Z',
      },
    });
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'text/html').end(site.html());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const browser = await Browser.start(chromium!);
    try {
      for (const scheme of ['light', 'dark'] as const) {
        for (const width of [360, 1280]) {
          await browser.open(url, width, scheme);
          const seen = (await browser.evaluate(LOOK)) as Look;
          expect(seen.title).toBe('Major problems · Example services');
          expect(seen.overflow).toBeLessThanOrEqual(0);
          expect(seen.texts).toBeGreaterThan(15);
          expect(seen.faint).toEqual([]);
          expect(seen.dark).toBe(scheme === 'dark');
          expect(seen.body).toContain(sneaky);
          expect(seen.headings).toEqual([
            'H1 Example services',
            'H2 Affected',
            'H2 Open incidents',
            'H3 Live updates: messages arrive late',
            'H3 Profile pictures: pictures load slowly',
            'H2 Past incidents',
            'H3 Search',
          ]);
          expect(seen.scripts).toBe(0);
          const loud = browser.events.filter(({ method }) =>
            ['Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown'].includes(method),
          );
          expect(loud).toEqual([]);
          const folder = process.env['WARROOM_PICTURES'];
          if (folder !== undefined)
            writeFileSync(path.join(folder, `status-${width}-${scheme}.png`), await browser.picture());
        }
      }
      expect(asked).toEqual(['/', '/', '/', '/']);
      const feed = readFileSync(path.join(site.dir, 'history.atom'), 'utf8');
      const parsed = `new DOMParser().parseFromString(${JSON.stringify(feed)}, 'application/xml')`;
      expect(await browser.evaluate(`${parsed}.querySelectorAll('parsererror').length`)).toBe(0);
      expect(await browser.evaluate(`${parsed}.querySelectorAll('entry').length`)).toBe(4);
      // A screen reader finds the parts by their roles.
      const { nodes } = (await browser.send('Accessibility.getFullAXTree')) as {
        nodes: { ignored: boolean; role?: { value: string } }[];
      };
      const roles = nodes.filter(({ ignored }) => !ignored).map(({ role }) => role?.value);
      expect(roles).toEqual(
        expect.arrayContaining(['banner', 'main', 'contentinfo', 'article', 'list', 'heading', 'time']),
      );
    } finally {
      await browser.close();
      server.close();
    }
  });
});
