import { expect, test } from 'vitest';
import { isIdle } from '../../src/rules/lint.ts';
import { handbook } from './world.ts';

test.each([
  ['ws_connections < 100 nodata alert', [], true],
  ['ws_connections < 100 nodata alert', ['redis', 'host'], true],
  ['ws_connections < 100 nodata alert', ['websocket'], false],
  ['ws_connections < 100 nodata alert', ['http'], false],
  ['redis_up == 0 or pg_up == 0', ['postgres'], false],
  ['redis_up == 0 and pg_up == 0', ['host'], true],
  ['db_pool_exhausted', ['redis'], true],
  ['github_oauth_errors > 10/min', [], false],
  ['hour() > 3', [], false],
] as const)('%s with targets of %j: idle %s', (condition, kinds, idle) => {
  const [rule] = handbook({ R: condition });
  expect(isIdle(rule!, new Set(kinds))).toBe(idle);
});
