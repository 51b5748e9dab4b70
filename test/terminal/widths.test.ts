import { eastAsianWidth } from 'get-east-asian-width';
import { expect, test } from 'vitest';
import { cellWidth } from '../../src/terminal/widths.ts';

test('the table agrees with the Unicode data of this Node and of get-east-asian-width', () => {
  const joining = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
  const emoji = /^\p{Emoji_Presentation}$/u;
  const notText = /^[\p{Cn}\p{Cs}\p{Regional_Indicator}]$/u;
  const differing: string[] = [];
  for (let point = 0x300; point < 0x32000; point++) {
    const char = String.fromCodePoint(point);
    if (notText.test(char)) continue;
    const wide = eastAsianWidth(point) === 2 || emoji.test(char);
    const expected = joining.test(char) ? 0 : wide ? 2 : 1;
    if (cellWidth(point) !== expected) differing.push(`U+${point.toString(16)}`);
  }
  // A newer Unicode has a few characters the table does not know; that is no reason to fail.
  expect(differing.length, differing.slice(0, 20).join(' ')).toBeLessThan(150);
});
