/** The options of a hub that tests and benches start: a free port on loopback, no targets, no end by itself. */
import type { HubOptions } from '../../src/hub/hub-options.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { systemClock } from '../../src/protocol/clock.ts';
import { chance } from './random.ts';

export const hubOptions = (
  dataDir: string,
  journal: HubOptions['journal'],
  more: Partial<HubOptions> = {},
): HubOptions => ({
  dataDir,
  listen: { host: '127.0.0.1', port: 0 },
  journal,
  policy: HANDBOOK_POLICY,
  targets: [],
  poller: null,
  clock: systemClock,
  random: chance,
  allowedOrigins: [],
  idleExitMs: null,
  ...more,
  // One person stands for many here; what a person may do at most is tested with the shipped limits.
  limits: {
    workMs: 1e6,
    workBurstMs: 1e6,
    declarationsPerMinute: 1e6,
    declarationsAtOnce: 1e6,
    openPerPerson: 1e6,
    ...more.limits,
  },
});
