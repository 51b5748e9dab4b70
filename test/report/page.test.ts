import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { htmlReport } from '../../src/report/html.ts';
import { postmortemHtml } from '../../src/report/postmortem-markdown.ts';
import { postmortemOf } from '../../src/report/postmortem.ts';
import { reportOf } from '../../src/report/timeline.ts';
import { given } from '../incident/story.ts';
import { freshDir } from '../log/fresh-dir.ts';
import { Browser, chromium } from '../support/browser.ts';
import { CORRECTIONS, STORY } from '../support/recorded.ts';
import { COURSES } from './courses.ts';

/** Runs in the page. */
const LOOK = readFileSync(path.join(import.meta.dirname, '../delivery/look-at-page.js'), 'utf8');
const AXIS = `[...document.querySelectorAll('svg text')].map((text) => {
  const { left, right, top, bottom } = text.getBoundingClientRect();
  return { left, right, top, bottom, text: text.textContent };
})`;
interface Look {
  readonly overflow: number;
  readonly texts: number;
  readonly faint: readonly string[];
  readonly dark: boolean;
  readonly headings: readonly string[];
  readonly scripts: number;
}
interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly text: string;
}
const overlap = (a: Box, b: Box): boolean =>
  a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3;

describe.skipIf(chromium === null)('the report in a browser', { timeout: 60_000 }, () => {
  test('it can be read at both widths, light and dark, selected and followed, and loads and runs nothing', async () => {
    const evil = `<script>document.title='run'</script><img src=/x onerror="document.title='run'"> ${'unbreakable'.repeat(30)}`;
    const { events } = given(...STORY, ...CORRECTIONS, ['dan', { kind: 'note', text: evil }, 43]);
    const file = path.join(freshDir(), 'report.html');
    writeFileSync(file, htmlReport(reportOf(events), COURSES));
    const url = pathToFileURL(file).href;
    const browser = await Browser.start(chromium!);
    try {
      for (const scheme of ['light', 'dark'] as const)
        for (const width of [360, 1280]) {
          await browser.open(url, width, scheme);
          const seen = (await browser.evaluate(LOOK)) as Look;
          expect(seen.overflow).toBeLessThanOrEqual(0);
          expect(seen.texts).toBeGreaterThan(60);
          expect(seen.faint).toEqual([]);
          expect(seen.dark).toBe(scheme === 'dark');
          expect(seen.scripts).toBe(0);
          expect(seen.headings).toEqual(
            expect.arrayContaining([
              'H1 checkout errors eu-west',
              'H2 Time axis',
              'H2 Metrics',
              'H2 Timeline',
              'H3 Mon 2026-11-23',
            ]),
          );
          const boxes = (await browser.evaluate(AXIS)) as readonly Box[];
          expect(boxes.length).toBeGreaterThan(12);
          for (const [i, a] of boxes.entries())
            for (const b of boxes.slice(i + 1)) expect(overlap(a, b) && `${a.text} over ${b.text}`).toBe(false);
          const selected = await browser.evaluate(
            'getSelection().selectAllChildren(document.body), getSelection().toString()',
          );
          for (const words of ['PG connections climbing, 88 of 97', 'unbreakable', 'SEV-1 High', 'document.title'])
            expect(selected).toContain(words);
        }
      // Where entries stand thick the numbers of the marks stay apart.
      const many = Array.from(
        { length: 1_200 },
        (_, i) => ['dan', { kind: 'note', text: `${i}` }, 44 + i / 40] as const,
      );
      writeFileSync(file, htmlReport(reportOf(given(...STORY, ...many).events)));
      await browser.open(`${url}?many`, 1280, 'light');
      const numbers = ((await browser.evaluate(AXIS)) as readonly Box[]).filter(({ text }) => /^\d+$/.test(text));
      expect(numbers.length).toBeGreaterThan(10);
      for (const [i, a] of numbers.entries())
        expect(numbers.slice(i + 1).filter((b) => overlap(a, b) || b.right > 1280)).toEqual([]);
      await browser.open(url, 1280, 'light');
      expect(await browser.evaluate('document.title')).toBe('checkout errors eu-west');
      // A mark on the axis leads to its entry.
      const followed = `const mark = document.querySelector('svg a'); mark.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})); location.hash`;
      expect(await browser.evaluate(followed)).toMatch(/^#e\d+$/);
      const asked = browser.events.filter(({ method }) => method === 'Network.requestWillBeSent');
      expect(asked.length).toBe(1);
      const complaints = browser.events.filter(({ method }) => method === 'Log.entryAdded');
      expect(complaints).toEqual([]);

      const left = given(...STORY, ['dan', { kind: 'note', text: evil, form: 'action' }, 43]);
      const postmortem = path.join(path.dirname(file), 'postmortem.html');
      writeFileSync(postmortem, postmortemHtml(postmortemOf(reportOf(left.events))));
      for (const width of [360, 1280]) {
        await browser.open(pathToFileURL(postmortem).href, width, 'dark');
        const { overflow, faint, scripts, headings } = (await browser.evaluate(LOOK)) as Look;
        expect([overflow <= 0, faint, scripts, headings.length]).toEqual([true, [], 0, 11]);
      }
    } finally {
      await browser.close();
    }
  });
});
