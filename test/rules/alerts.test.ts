/** Whatever is observed, an alert only goes ways that exist, and never fires before its time. */
import fc from '../support/property.ts';
import { describe, expect, it } from 'vitest';
import { EXPIRE_MS, inactive, isActive, observe, type AlertPhase } from '../../src/rules/alert.ts';
import type { Rule } from '../../src/rules/rule.ts';
import { handbook } from './world.ts';

const numRuns = Number(process.env['WARROOM_LONG'] ?? 1) * 300;
const WAYS: Readonly<Record<AlertPhase, readonly AlertPhase[]>> = {
  inactive: ['pending', 'firing', 'no_data'],
  pending: ['inactive', 'firing', 'no_data'],
  firing: ['resolved', 'expired'],
  no_data: ['firing', 'resolved', 'expired'],
  resolved: ['pending', 'firing', 'no_data'],
  expired: ['pending', 'firing', 'no_data'],
};

const base = handbook({ R: 'x > 1' })[0] as Rule;
const rule = fc.record({
  forMs: fc.constantFrom(0, 5_000, 60_000),
  keepMs: fc.constantFrom(0, 10_000),
  nodata: fc.constantFrom('keep' as const, 'alert' as const, 'ok' as const),
});
const steps = fc.array(
  fc.record({
    truth: fc.constantFrom(true, true, true, false, null),
    times: fc.integer({ min: 1, max: 40 }),
    ms: fc.constantFrom(1000, 1000, 5000, 60_000),
    vanished: fc.boolean(),
  }),
  { maxLength: 30 },
);

describe('the life of an alert', () => {
  it('keeps its promises whatever is observed', () => {
    fc.assert(
      fc.property(rule, steps, (more, steps) => {
        const rule: Rule = { ...base, ...more };
        const holds = (truth: boolean | null): boolean => truth === true || (truth === null && rule.nodata === 'alert');
        let now = 0;
        let alert = inactive({}, now);
        let trueSince: number | null = null;
        let unknownSince: number | null = null;
        for (const { truth, times, ms, vanished } of steps) {
          for (let i = 0; i < times; i++) {
            now += ms;
            const before = alert;
            alert = observe(
              rule,
              before,
              { truth, value: 1, sampledAt: now, vanished: vanished && truth === null },
              now,
            );
            const fails = truth === false || (truth === null && rule.nodata === 'ok');
            if (fails) trueSince = null;
            else if (holds(truth)) trueSince ??= now;
            unknownSince = truth === null ? (unknownSince ?? now) : null;
            if (alert.phase === before.phase) continue;
            expect(WAYS[before.phase]).toContain(alert.phase);
            const fired = isActive(alert) && !isActive(before);
            if (fired) expect(holds(truth) && trueSince !== null && now - trueSince >= rule.forMs).toBe(true);
            if (alert.phase === 'no_data') expect([truth, rule.nodata]).toEqual([null, 'alert']);
            if (alert.phase === 'resolved') expect(fails).toBe(true);
            if (alert.phase === 'expired') expect(now - (unknownSince ?? now)).toBeGreaterThanOrEqual(EXPIRE_MS);
          }
        }
      }),
      { numRuns },
    );
  });

  it('fires in the end when the condition goes on holding', () => {
    fc.assert(
      fc.property(rule, steps, (more, steps) => {
        const rule: Rule = { ...base, ...more };
        let now = 0;
        let alert = inactive({}, now);
        const see = (truth: boolean | null, ms: number): void => {
          now += ms;
          alert = observe(rule, alert, { truth, value: 1, sampledAt: now, vanished: false }, now);
        };
        for (const { truth, ms } of steps) see(truth, ms);
        for (let i = 0; i <= rule.forMs / 1000 + 1; i++) see(true, 1000);
        expect(alert.phase).toBe('firing');
        for (let i = 0; i <= rule.keepMs / 1000 + 1; i++) see(false, 1000);
        expect(alert.phase).toBe('resolved');
      }),
      { numRuns },
    );
  });
});
