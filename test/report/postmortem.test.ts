/** The postmortem from the record: nothing invented, what is unknown asked for, and no text that reaches beyond its place. */
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { SECTION_IDS, SECTIONS } from '../../src/incident/postmortem.ts';
import { postmortemHtml, postmortemMarkdown, sectionMarkdown } from '../../src/report/postmortem-markdown.ts';
import { postmortemOf } from '../../src/report/postmortem.ts';
import { reportOf } from '../../src/report/timeline.ts';
import { at, given, type Step } from '../incident/story.ts';
import { CORRECTIONS, STORY } from '../support/recorded.ts';
import fc from '../support/property.ts';

const LATER: readonly Step[] = [
  ['alice', { kind: 'set_status', to: 'identified' }, 43],
  ['alice', { kind: 'note', text: 'limit the pool', form: 'action', to: 'bob', due: at(4_000), ticket: 'OPS-1' }, 44],
  ['alice', { kind: 'set_status', to: 'resolved' }, 65],
  ['dan', { kind: 'note', text: 'called', re: 16, closes: true }, 70],
  ['dan', { kind: 'note', text: 'alarm | at 80 %', form: 'action' }, 71],
  ['carol', { kind: 'assign_action', ref: 24, ticket: 'OPS-2' }, 72],
  ['bob', { kind: 'write_postmortem', section: 'cause', text: '# The pool\n\nIt was set to `20`.', after: 0 }, 80],
  ['carol', { kind: 'write_postmortem', section: 'well', text: '- found in 7 minutes', after: 0 }, 81],
];
const story = given(...STORY, ...CORRECTIONS, ...LATER);
const markdown = (events = story.events): string => postmortemMarkdown(postmortemOf(reportOf(events)));

const OPEN = new MarkdownIt({ html: true });
const headingsOf = (text: string): readonly string[] => {
  const tokens = OPEN.parse(text, {});
  return tokens.flatMap(({ type, tag }, i) =>
    type === 'heading_open' && tag < 'h3' ? [`${tag} ${tokens[i + 1]?.content}`] : [],
  );
};

test('the template is filled from the record, and what is not in it is asked for', () => {
  const text = markdown();
  expect(text.match(/^##? .*/gm)).toEqual([
    '# Incident Postmortem: checkout errors eu-west',
    '## Summary',
    '## Impact',
    '## Timeline (All times UTC)',
    '## Root Cause',
    '## Contributing Factors',
    '## What Went Well',
    '## What Went Poorly',
    '## Action Items',
    '## Lessons Learned',
    '## 5 Whys Analysis',
  ]);
  for (const line of [
    '| Date | 2026-11-23 |',
    '| Duration | 1 hour 5 minutes, from detection to resolution |',
    '| Severity | SEV-1 High |',
    '| Author | bob, carol |',
    '| Incident Commander | alice |',
    '| Took part | alice, carol, bob, dan |',
    '| Published | not yet: this is a draft, due 2026-11-25 04:05:00 UTC |',
    '- Users affected: not in the record. How many?',
    '| 2026-11-23 03:34:01Z | ALARM SEV-1 http\\_5xx: /pay 5xx 12.4% (limit 2%) #7 |',
    '| 2026-11-23 04:05:00Z | status identified -> resolved, with 1 alert firing and 2 items open (alice) #22 |',
    '### The pool',
    '*Not written yet. What does the team take away from it?*',
    '| call the payment vendor #16 | dan | 2026-11-23 |  | 2026-11-23 |',
    '| limit the pool #21 | bob | 2026-11-25 | OPS-1 |  |',
    '| alarm \\| at 80 % #24 | *nobody yet* | *no date yet* | OPS-2 |  |',
  ])
    expect(text).toContain(`\n${line}\n`);
  // Retracted: the suspicion of bob; what is done afterwards is no part of the timeline.
  expect(text).not.toMatch(/suspect deploy|POSTMORTEM/);
});

test('resolved across midnight, without an IC, lowered, never identified, published late and again', () => {
  const { events } = given(
    ['ana', { kind: 'declare', title: 'slow', severity: 'SEV-1', at: at(-200) }],
    ['ana', { kind: 'acknowledge' }, 1],
    ['ana', { kind: 'set_severity', to: 'SEV-3' }, 2],
    ['ana', { kind: 'set_status', to: 'resolved' }, 20],
    ['ana', { kind: 'write_postmortem', section: 'impact', text: 'none', after: 0 }, 21],
    ['ana', { kind: 'publish_postmortem' }, 20 + 48 * 60 + 30],
    ['ben', { kind: 'write_postmortem', section: 'cause', text: 'disk', after: 0 }, 4_000],
  );
  const text = markdown(events);
  expect(text).toContain('| Date | 2026-11-22 to 2026-11-23 |');
  expect(text).toContain('| Duration | 3 hours 40 minutes, from detection to resolution |');
  expect(text).toContain('| Severity | SEV-1 High at its worst, SEV-3 Low at the end |');
  expect(text).toContain('| Incident Commander | ana (lead, without an IC) |');
  expect(text).toMatch(
    /\| Published \| 2026-11-25 03:50:00 UTC, LATE by 30 min \(.*\); changed since, and not published/,
  );
  expect(text).toContain('Not in the record: when the cause was identified.');
  expect(text).toContain('- Users affected: not in the record\n');
});

test('what is written in the record is no markup in the document, on paper or on the page', () => {
  const evil =
    '</td><script>alert(1)</script> | [x](javascript:alert(1)) ![i](http://x/i.png)\n# Head\u202e\u001b[2J `';
  const { events } = given(
    ['ana', { kind: 'declare', title: '<script>alert(1)</script> [x](javascript:x) | `', severity: 'SEV-1' }],
    ['ana', { kind: 'note', text: evil, form: 'decision' }, 1],
    ['ana', { kind: 'note', text: evil, form: 'action', ticket: '<b>[t](javascript:x)' }, 1],
    ['ana', { kind: 'set_status', to: 'resolved' }, 2],
    [
      'ana',
      {
        kind: 'write_postmortem',
        section: 'cause',
        text: '<img src=x onerror=alert(1)>\n[a](javascript:alert(1))',
        after: 0,
      },
      3,
    ],
  );
  const facts = postmortemOf(reportOf(events));
  const [paper, page] = [postmortemMarkdown(facts), postmortemHtml(facts)];
  expect(headingsOf(paper).length).toBe(11);
  for (const text of [paper, page]) expect(text).not.toMatch(/<script|<img|\u202e|\u001b/);
  expect(page).not.toMatch(/href="javascript|<[^>]* src=/);
  expect(page).toContain("default-src 'none'");
  expect(page.match(/<a [^>]*>/g)).toBeNull();
  for (const id of SECTION_IDS) expect(page).toContain(`<h2>${SECTIONS[id].title}</h2>`);
});

test('whatever somebody writes in a section, it stays in its section, and is neither HTML nor an image', () => {
  const parts = fc.array(
    fc.constantFrom(
      '# a',
      '## Action Items',
      'x\n===',
      'x\n---',
      '```',
      '~~~',
      '````js',
      '<script>alert(1)</script>',
      '<b',
      '\\<i>',
      '\\\\<i>',
      '<!-- x',
      '<?php',
      '![a](http://x/y.png)',
      '![a]',
      '[b]: http://x',
      '`<u>',
      '``',
      '> ',
      '- ',
      '1. ',
      '    code <s>',
      '<https://a.example>',
      '<a@b.example>',
      '\t',
      ' ',
      '',
      '\u202e',
      '|a|b|',
      '|-|-|',
      '&lt;b&gt;',
      '<div\n',
      'x=">',
      '*',
      '_',
      '\u0000',
    ),
    { maxLength: 14 },
  );
  const joins = fc.constantFrom('\n', '', ' ', '\n\n');
  fc.assert(
    fc.property(parts, joins, (words, by) => {
      const text = words.join(by);
      const page = `# T\n\n## A\n\n${sectionMarkdown(text)}\n\n## B\n\nend\n`;
      expect(headingsOf(page)).toEqual(['h1 T', 'h2 A', 'h2 B']);
      const flat = OPEN.parse(page, {}).flatMap((token) => [token, ...(token.children ?? [])]);
      expect(flat.filter(({ type }) => type.startsWith('html_') || type === 'image')).toEqual([]);
      expect(page).not.toMatch(/[\u202e\u0000]/);
    }),
    { numRuns: 3_000 },
  );
});
