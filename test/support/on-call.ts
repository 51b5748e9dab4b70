/** A plan in which the same four people are on call on every route that a test names, always. */
import type { OncallPlan } from '../../src/oncall/plan.ts';

const LEVELS = { L1: { person: 'ana' }, L2: { person: 'bob' }, L3: { person: 'cyd' }, L4: { person: 'dan' } };

export const planFor = (...routes: readonly string[]): OncallPlan => ({
  people: ['ana', 'bob', 'cyd', 'dan'].map((name) => ({
    name,
    aliases: [],
    phone: null,
    email: null,
    slack: null,
    zone: null,
  })),
  rotations: [],
  overrides: [],
  routes: Object.fromEntries(routes.map((route) => [route, LEVELS])),
});
