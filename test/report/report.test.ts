import { expect, test } from 'vitest';
import { csvCell, csvReport } from '../../src/report/csv.ts';
import { htmlReport } from '../../src/report/html.ts';
import { markdownReport } from '../../src/report/markdown.ts';
import { scaleOf } from '../../src/report/scale.ts';
import { silencesOf, reportOf } from '../../src/report/timeline.ts';
import { EVERYTHING } from '../incident/every-kind.ts';
import { at, given } from '../incident/story.ts';
import { CORRECTIONS, STORY } from '../support/recorded.ts';
import fc from '../support/property.ts';

const story = reportOf(given(...STORY, ...CORRECTIONS).events);

/** RFC 4180, read by a reader of the test's own. */
function table(csv: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain = '', end] of csv
    .replace(/^\ufeff/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end !== '\r\n') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

test('entries stand by when they happened, with how late they are and how they were corrected', () => {
  expect(story.entries.map(({ event }) => event.seq).slice(4, 8)).toEqual([5, 13, 6, 7]);
  const of = (seq: number) => story.entries.find(({ event }) => event.seq === seq);
  expect(of(13)).toMatchObject({ lateMs: 12.1 * 60_000, lane: 'entries' });
  expect(of(10)).toMatchObject({
    text: 'PG connections climbing, 88 of 97',
    original: 'PG connections climbing, 88 of 100',
  });
  expect(of(9)?.annotation?.retracted).toMatchObject({ by: 'bob' });
  expect(story.entries.map(({ lane }) => lane)).toEqual(expect.arrayContaining(['alerts', 'changes', 'decisions']));
  expect(story.people).toEqual(['alice', 'carol', 'bob', 'dan']);
  expect(story.severities.map(({ word }) => word)).toEqual(['SEV-2 Medium', 'SEV-1 High']);
  expect(silencesOf(story)).toEqual([{ from: Date.parse(at(3)), to: Date.parse(at(26)) }]);
});

test('no event is lost in any format, whatever its kind', () => {
  const report = reportOf(EVERYTHING.events);
  const corrections = EVERYTHING.events.filter(({ kind }) => ['amended', 'retracted', 'pinned'].includes(kind));
  const [header, ...rows] = table(csvReport(report));
  expect(rows.length).toBe(EVERYTHING.events.length - corrections.length);
  expect(corrections.length).toBeGreaterThan(2);
  for (const row of rows) expect(row.length).toBe(header?.length);
  const [page, markdown] = [htmlReport(report), markdownReport(report)];
  for (const { event } of report.entries) {
    expect(page).toContain(`id="e${event.seq}"`);
    if (event.level !== 'system') expect(markdown).toContain(` #${event.seq}: `);
  }
});

test('no cell is run as a formula, and every other text comes back as it was', () => {
  for (const begin of ['=', '+', '-', '@', '\t', '\r', '\n', '\uff1d', '\uff0b', '\uff0d', '\uff20'])
    expect(csvCell(`${begin}cmd|' /C calc'!A0`)).toMatch(/^"'/);
  const texts = fc.array(fc.constantFrom('"', ',', '\n', '=', 'a', 'ä', '\ud83d\ude00')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, (text) => {
      const [[cell] = []] = table(`${csvCell(text)}\r\n`);
      expect(cell?.replace(/^'(?=[=\n])/, '')).toBe(text);
    }),
  );
});

test('what people write is no markup: not in Markdown, not in HTML, not on the axis', () => {
  const evil =
    '</title><script>x</script> <b>\n# head\n- item\n[a](javascript:x) | `code` ![i](http://x/)\u202e\u001b[2J';
  const { events } = given(
    ['ana', { kind: 'declare', title: '</title><script>x</script> [a](javascript:x) `c`', severity: 'SEV-1' }],
    ['ben', { kind: 'note', text: evil, form: 'decision' }, 1],
    ['ben', { kind: 'retract', ref: 2, why: evil }, 2],
  );
  const report = reportOf(events);
  const page = htmlReport(report);
  expect(page).not.toMatch(/<script|<b>|<img|\u202e|\u001b/);
  const markdown = markdownReport(report);
  expect(markdown).not.toMatch(/<script|<b>|[^\\]\]\(|^\s*# head|^\s*- item|\u202e|\u001b/m);
  expect(markdown).toMatch(/^ {2}~~\\# head~~ {2}$/m);
  const joined = 'می\u200cخواهم 👩\u200d🚒';
  const said = reportOf(given(['ana', { kind: 'declare', title: joined, severity: 'SEV-1' }]).events);
  for (const text of [htmlReport(said), markdownReport(said)]) expect(text).toContain(joined);
});

test('the axis keeps the order of times, draws long silence short, and its words do not overlap', () => {
  const steps = fc.array(fc.constantFrom(1_000, 60_000, 600_000, 40_000_000, 9e9), { minLength: 1, maxLength: 40 });
  const growing = Array.from({ length: 40 }, (_, i) => 60_000 * 1.5 ** i);
  fc.assert(
    fc.property(steps, (spans) => {
      let now = Date.parse(at(0));
      const times = spans.map((span) => (now += span));
      const { x, ticks, breaks } = scaleOf(times, 80, 950);
      const places = times.map(x);
      for (const [i, place] of places.entries()) {
        expect(place).toBeGreaterThan(i === 0 ? 79.999 : (places[i - 1] ?? 0) - 1e-6);
        expect(place).toBeLessThan(950.001);
      }
      for (const [i, tick] of ticks.entries()) if (i > 0) expect(x(tick) - x(ticks[i - 1] ?? 0)).toBeGreaterThan(69.9);
      for (const { from, to } of breaks) expect(x(to) - x(from)).toBeCloseTo(40);
    }),
    { examples: [[growing]] },
  );
});
