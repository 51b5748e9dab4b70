/** Templates of labels and annotations: what Go writes, whatever the format. */
import { expect, test } from 'vitest';
import { fill, parseTemplate } from '../../src/rules/template.ts';

test('a format without digits is filled in as Go does, where JavaScript has no such number', () => {
  const template = parseTemplate('{{ printf "%.0g" $value }} {{ printf "%.0f" $value }} {{ printf "%.3g" $value }}');
  expect(typeof template === 'string' ? template : fill(template, { labels: {}, value: 1234.5 })).toBe(
    '1e+03 1235 1.23e+03',
  );
});
