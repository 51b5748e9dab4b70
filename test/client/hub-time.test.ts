/** The hub's clock as a console knows it, also when somebody sets that clock. */
import { expect, test } from 'vitest';
import { HubTime } from '../../src/client/hub-time.ts';

const HOUR = 3_600_000;
let mono = 0;
const clock = { mono: () => mono, wall: () => 0 };
/** A hub whose clock is `wall` at mono 0, heard over a line of 40 ms. */
function heard(): HubTime {
  mono = 0;
  const time = new HubTime(clock);
  for (let i = 0; i < 8; i++) time.told(HOUR + mono - 20, mono, 40);
  return time;
}

test('an hour back or forth is known with the next reading', () => {
  for (const step of [-HOUR, HOUR]) {
    const time = heard();
    mono = 1000;
    time.heard(HOUR + step + mono - 20, mono);
    expect(Math.abs(time.now() - (HOUR + step + mono))).toBeLessThanOrEqual(20);
  }
});

test('a small step is known with the next ping', () => {
  const time = heard();
  mono = 10_000;
  time.told(HOUR - 9000 + mono - 20, mono, 40);
  expect(time.now()).toBe(HOUR - 9000 + mono);
});

test('a message that was under way for long is no step, nor is a slow ping', () => {
  const time = heard();
  mono = 30_000;
  time.heard(HOUR + mono - 25_000, mono);
  time.told(HOUR + mono - 1900, mono, 2000);
  expect(time.now()).toBe(HOUR + mono);
});
