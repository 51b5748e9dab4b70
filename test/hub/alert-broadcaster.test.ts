/** How often consoles are told of alerts. */
import { expect, test } from 'vitest';
import { AlertBroadcaster } from '../../src/hub/alert-broadcaster.ts';
import type { Connection } from '../../src/hub/connection.ts';
import { HUB_LIMITS } from '../../src/hub/limits.ts';
import type { ActiveAlert } from '../../src/rules/engine.ts';

const active = (n: number, value: number, phase: 'pending' | 'firing' = 'firing'): readonly ActiveAlert[] =>
  Array.from({ length: n }, (_, i) => ({
    alert: `R${i}`,
    rule: `R${i}`,
    phase,
    severity: 'SEV-2',
    summary: `R${i} is ${value}`,
    labels: {},
    runbook: null,
    route: null,
    since: 0,
    unknown: false,
    ending: false,
    flapping: false,
    suppression: null,
    acked: null,
  }));

test('what happens to an alert is told at once, numbers every second, and of many alerts less often', () => {
  let now = 0;
  let told = 0;
  const console = { waiting: 0, write: () => void told++ } as unknown as Connection;
  const clock = { mono: () => now, wall: () => now };
  const board = new AlertBroadcaster({
    clock,
    limits: HUB_LIMITS,
    recorder: { told: () => {} },
    connections: {
      *consoles() {
        yield console;
      },
    },
    alerting: { home: () => null },
    pager: { view: () => ({}) },
  });
  const pass = (seconds: number, each: (second: number) => readonly ActiveAlert[]): number => {
    const before = told;
    for (let i = 1; i <= seconds; i++) {
      now += 1000;
      board.tell({ active: each(i), silences: [], faults: [] });
    }
    return told - before;
  };
  expect(pass(10, () => active(20, 1))).toBe(1);
  expect(pass(10, (second) => active(20, 10 + second))).toBe(10);
  expect(pass(1, () => active(100, 0))).toBe(1);
  expect(pass(20, (second) => active(100, second))).toBe(4);
  expect(pass(1, () => active(100, 0, 'pending'))).toBe(1);
  expect(pass(1, () => active(99, 0, 'pending'))).toBe(1);
});
