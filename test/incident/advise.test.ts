import fc from '../support/property.ts';
import { expect, test } from 'vitest';
import { advise, DATA_LOSS, REVENUE, WORKAROUND, type Impact } from '../../src/incident/advise.ts';
import { isWorse } from '../../src/incident/severity.ts';

const calm: Impact = { users: 0, dataLoss: 'no', revenue: 'no', workaround: 'easy' };

test.each<[Partial<Impact>, string]>([
  [{ users: 50 }, 'SEV-0'],
  [{ users: 49.9 }, 'SEV-1'],
  [{ users: 20 }, 'SEV-1'],
  [{ users: 19 }, 'SEV-2'],
  [{ users: 5 }, 'SEV-2'],
  [{ users: 4 }, 'SEV-3'],
  [{ dataLoss: 'risk' }, 'SEV-0'],
  [{ revenue: 'yes' }, 'SEV-1'],
  [{ revenue: 'possible' }, 'SEV-3'],
  [{ workaround: 'none' }, 'SEV-2'],
  [{ users: 30, workaround: 'none' }, 'SEV-1'],
  [{ users: 30, revenue: 'possible', workaround: 'difficult' }, 'SEV-1'],
  [{ users: null }, 'SEV-2'],
  [{ users: null, dataLoss: 'unknown', workaround: 'none' }, 'SEV-1'],
])('%j is %s', (impact, severity) => {
  const advice = advise({ ...calm, ...impact });
  expect(advice.severity).toBe(severity);
  expect(advice.reasons.length).toBeGreaterThan(0);
});

test('a worse factor never gives a milder severity', () => {
  const arbitrary = fc.record({
    users: fc.option(fc.integer({ min: 0, max: 100 })),
    dataLoss: fc.constantFrom(...DATA_LOSS),
    revenue: fc.constantFrom(...REVENUE),
    workaround: fc.constantFrom(...WORKAROUND),
  });
  fc.assert(
    fc.property(arbitrary, (impact) => {
      const { severity } = advise(impact);
      for (const worse of [
        { ...impact, dataLoss: 'yes' as const },
        { ...impact, revenue: 'yes' as const },
        { ...impact, workaround: 'none' as const },
        { ...impact, users: Math.min(100, (impact.users ?? 100) + 10) },
      ])
        if (impact.users !== null || worse.users === impact.users)
          expect(isWorse(severity, advise(worse).severity)).toBe(false);
    }),
  );
});
