import { expect, test } from 'vitest';
import { createFrames } from '../../src/terminal/frames.ts';

function clockwork() {
  let now = 1000;
  let timer: { at: number; callback: () => void } | null = null;
  return {
    now: () => now,
    after(ms: number, callback: () => void) {
      timer = { at: now + ms, callback };
      return () => {
        timer = null;
      };
    },
    pass(ms: number) {
      now += ms;
      if (timer === null || timer.at > now) return;
      const { callback } = timer;
      timer = null;
      callback();
    },
  };
}

test('draws at once when idle, then once at the end of the frame for all that came meanwhile', () => {
  const clock = clockwork();
  const drawn: number[] = [];
  const frames = createFrames(() => drawn.push(clock.now()), clock);
  frames.request();
  expect(drawn).toEqual([1000]);
  clock.pass(5);
  for (let index = 0; index < 100; index++) frames.request();
  expect(drawn).toEqual([1000]);
  clock.pass(11);
  expect(drawn).toEqual([1000, 1016]);
  clock.pass(100);
  expect(drawn).toEqual([1000, 1016]);
  frames.request();
  expect(drawn).toEqual([1000, 1016, 1116]);
});

test('a request made while drawing makes the next frame, not a nested one', () => {
  const clock = clockwork();
  let count = 0;
  const frames = createFrames(() => {
    if (++count < 3) frames.request();
  }, clock);
  frames.request();
  expect(count).toBe(1);
  clock.pass(16);
  clock.pass(16);
  clock.pass(16);
  expect(count).toBe(3);
});

test('a key is drawn at once even right after a frame of news, and takes the waiting frame with it', () => {
  const clock = clockwork();
  const drawn: number[] = [];
  const frames = createFrames(() => drawn.push(clock.now()), clock);
  frames.request();
  clock.pass(3);
  frames.request();
  frames.request('key');
  expect(drawn).toEqual([1000, 1003]);
  clock.pass(2);
  frames.request('key');
  frames.request('key');
  expect(drawn).toEqual([1000, 1003]);
  clock.pass(14);
  expect(drawn).toEqual([1000, 1003, 1019]);
  clock.pass(50);
  expect(drawn).toEqual([1000, 1003, 1019]);
});

test('stops', () => {
  const clock = clockwork();
  let count = 0;
  const frames = createFrames(() => count++, clock);
  frames.request();
  frames.request();
  frames.stop();
  clock.pass(50);
  frames.request();
  expect(count).toBe(1);
});
