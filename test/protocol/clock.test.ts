/** The clock of spans: it goes on while the machine sleeps, and does not care when somebody sets the wall's. */
import { expect, test } from 'vitest';
import { sleepless, systemClock } from '../../src/protocol/clock.ts';

test('a sleep counts; setting the clock and reading two clocks one after the other does not', () => {
  const time = { wall: 1e12, mono: 500, uptime: 90_000 };
  const clock = sleepless({ wall: () => time.wall, mono: () => time.mono }, () => time.uptime);
  const pass = (wall: number, mono: number, uptime: number): number => {
    time.wall += wall;
    time.mono += mono;
    time.uptime += uptime;
    return clock.mono();
  };
  expect(clock.mono()).toBe(500);
  expect(pass(5000, 5000, 5010)).toBe(5500);
  expect(pass(-3_600_000, 1000, 1000)).toBe(6500);
  expect(pass(3_600_000, 0, 0)).toBe(6500);
  expect(pass(60_000, 0, 60_000)).toBe(66_510);
  expect(pass(1000, 1000, 1000)).toBe(67_510);
});

test('the machine’s own goes on by itself', () => {
  const [before, now] = [systemClock.mono(), performance.now()];
  expect(Math.abs(before - now)).toBeLessThan(2000);
  expect(systemClock.mono()).toBeGreaterThanOrEqual(before);
});
