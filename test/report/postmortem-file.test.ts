/** The file that people edit: what they did not touch is read back as it was, what they did is all that is sent. */
import { expect, test } from 'vitest';
import { NO_POSTMORTEM, SECTION_IDS, sectionText, type SectionId } from '../../src/incident/postmortem.ts';
import { editFile, readEdited, type Edited } from '../../src/report/postmortem-file.ts';
import { postmortemOf } from '../../src/report/postmortem.ts';
import { reportOf } from '../../src/report/timeline.ts';
import { at, given } from '../incident/story.ts';
import fc from '../support/property.ts';

const { events } = given(
  ['ana', { kind: 'declare', title: 'pool', severity: 'SEV-1' }],
  [
    'ana',
    {
      kind: 'note',
      text: 'web | 4.118 \\ <!-- end cause -->\nsecond line',
      form: 'action',
      due: '2026-12-01T23:59:59.000Z',
    },
    1,
  ],
  ['ana', { kind: 'note', text: 'call them', form: 'action', to: 'ben', ticket: 'A|1' }, 1],
  ['ana', { kind: 'set_status', to: 'resolved' }, 2],
  ['ana', { kind: 'note', text: 'done', re: 3, closes: true }, 3],
  ['ana', { kind: 'note', text: 'a finding -- with --> dashes', form: 'finding' }, 3],
);
const report = reportOf(events);
const NOW = Date.parse(at(5));
type Texts = Partial<Record<SectionId, string>>;

/** The file of an incident whose sections read so. */
function fileOf(texts: Texts): string {
  const sections = Object.fromEntries(
    Object.entries(texts).map(([id, text], i) => [id, { seq: i + 5, at: at(4), by: 'ben', text }]),
  );
  const incident = { ...report.incident, postmortem: { ...NO_POSTMORTEM, sections } };
  return editFile({ ...postmortemOf({ ...report, incident }), people: report.people });
}
function edited(file: string, original: string): Edited {
  const read = readEdited(file, original, NOW);
  if ('fault' in read) throw new Error(read.fault);
  return read;
}
const NOTHING: Edited = { sections: [], actions: [], notTaken: [] };

const line = fc.oneof(
  fc.constantFrom(...SECTION_IDS, 'actions').map((id) => `<!-- begin ${id} -->`),
  fc.constantFrom(...SECTION_IDS, 'actions').map((id) => `\\ <!--end ${id}-->  `),
  fc.constantFrom(
    '',
    ' ',
    '\\',
    '\\\\<!-- begin cause -->',
    '# x',
    '| a | b |',
    '-->',
    '<!--',
    '```',
    '1. Why',
    'should have',
    'ana',
  ),
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\n\r]/g, '')),
);
const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join('\n'));
const texts = fc.dictionary(fc.constantFrom(...SECTION_IDS), text) as fc.Arbitrary<Texts>;

test('read back as it was written, nothing changed, also with the line ends and the mark of another system', () => {
  fc.assert(
    fc.property(texts, (all) => {
      const file = fileOf(all);
      expect(edited(file, file)).toEqual(NOTHING);
      expect(edited(`\ufeff${file.replaceAll('\n', '\r\n')}`, file)).toEqual(NOTHING);
    }),
  );
});

test('only the sections that were changed, each as it was typed', () => {
  const words = fc
    .array(
      fc.constantFrom('word', '# head', '', '- item', '    code', '\ttab', 'ä 😀', '| a |', '<!-- a comment -->'),
      { maxLength: 5 },
    )
    .map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(texts, fc.constantFrom(...SECTION_IDS), words, (all, id, typed) => {
      const original = fileOf(all);
      const [before = '', rest = ''] = original.split(`<!-- begin ${id} -->\n`, 2);
      const after = rest.slice(rest.search(new RegExp(`^<!-- end ${id} -->$`, 'm')));
      const others = original.slice(before.length + `<!-- begin ${id} -->\n`.length + rest.length);
      const file = `${before}<!-- begin ${id} -->\n${typed}\n${after}${others}`;
      const was = sectionText(all[id] ?? '');
      fc.pre(original.split(`<!-- begin ${id} -->\n`).length === 2);
      expect(edited(file, original)).toEqual({
        ...NOTHING,
        sections: sectionText(typed) === was ? [] : [{ id, text: sectionText(typed) }],
      });
    }),
  );
});

const original = fileOf({ cause: 'The pool.' });
const rows = original.split('\n').filter((each) => /^\| \d+ \|/.test(each));
const withRow = (i: number, row: string): string => original.replace(rows[i] ?? '?', row);

test('rows of the table become what changed of each action', () => {
  expect(rows).toEqual([
    String.raw`| 2 | web \| 4.118 \\ <!-- end cause --> second line |  | 2026-12-01 |  |  |`,
    String.raw`| 3 | call them | ben |  | A\|1 | 2026-11-23 |`,
  ]);
  const ofRow = (row: string) => edited(withRow(0, row), original);
  const said = String.raw`web \| 4.118 \\ <!-- end cause --> second line`;
  expect(ofRow(`|2|${said}|@cyd |2026-12-24 18:00| OPS-1 |x|`).actions).toEqual([
    { ref: 2, owner: 'cyd', due: '2026-12-24T18:00:00.000Z', ticket: 'OPS-1', done: true },
  ]);
  expect(ofRow(`| #2 | new words |  |  |  |  |`).actions).toEqual([{ ref: 2, text: 'new words', due: null }]);
  expect(ofRow(`${rows[0]}\n|  | an alarm | ana | 3d |  |  |\n| | | | | | |`).actions).toEqual([
    { ref: null, text: 'an alarm', owner: 'ana', due: at(5 + 3 * 24 * 60) },
  ]);
  expect(ofRow('').notTaken).toEqual([expect.stringContaining('the row of #2 was removed')]);
  expect(edited(withRow(1, '| 3 | call them | ben |  |  |  |'), original).notTaken).toEqual([
    '#3 is done, and stays as it was',
  ]);
});

test('a garbled file is refused with the place; nothing of it is taken', () => {
  const fault = (file: string): unknown => readEdited(file, original, NOW);
  for (const [file, words] of [
    ['', /"<!-- begin impact -->" and .* are gone/],
    [original.replace('<!-- end cause -->\n', ''), /line \d+: "<!-- end cause -->" is missing before it/],
    [original.replace('<!-- begin cause -->\n', ''), /line \d+: "<!-- end cause -->" has no "<!-- begin cause -->"/],
    [original.slice(0, original.indexOf('<!-- end whys')), /line \d+: "<!-- begin whys -->" has no/],
    [`${original}<!-- begin cause -->\n<!-- end cause -->`, /line \d+: "<!-- begin cause -->" stands there twice/],
    [original.replace('The pool.', 'a\n\nb\u001b[2J'), /line \d+, "Root Cause": a control character/],
    [original.replace('The pool.', 'x'.repeat(10_001)), /"Root Cause" has 10001 characters; 10000 is the most/],
    [withRow(0, 'a row'), /line \d+: no row of the table/],
    [withRow(0, '| 2 | x |'), /has 6 cells, this one 2/],
    [withRow(0, '| 9 | x | | | | |'), /no action #9/],
    [withRow(0, '| two | x | | | | |'), /"two" is no number/],
    [withRow(0, `${rows[0]}\n${rows[0]}`), /#2 stands there twice/],
    [withRow(0, '| 2 | | | | | |'), /needs words/],
    [withRow(0, '| 2 | x | | soon | | |'), /"soon" is no date/],
  ] as const)
    expect(fault(file)).toEqual({ fault: expect.stringMatching(words) as string });
  const control = original.replace('The pool.', 'a\n\nb\u001b[2J');
  const n = control.split('\n').findIndex((each) => each.includes('\u001b')) + 1;
  expect(fault(control)).toEqual({ fault: `line ${n}, "Root Cause": a control character` });
  expect(edited(original.replace('| Severity |', '| Severity | SEV-9 |'), original).notTaken).toEqual([
    expect.stringContaining('outside of the marks'),
  ]);
});

test('comments of the record cannot end themselves, and none is taken for a mark', () => {
  expect(original).toContain('<!-- from the record: #6 ana: FINDING a finding - with -> dashes -->');
});
