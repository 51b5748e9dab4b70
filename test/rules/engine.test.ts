/** Rules at work: the life of alerts, missing data, restarts, sleep, clocks, silences. */
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../src/rules/rule.ts';
import { doubtOf, type KnownMetricTypes } from '../../src/rules/lint.ts';
import { rulesOf, handbook, World } from './world.ts';

const down = handbook({ Down: 'ws_connections < 100 for 2m nodata alert' });
const memory = handbook({ Memory: 'redis_memory_usage > 90% for 10s' });

describe('the life of an alert', () => {
  it('waits for its time, fires once, resolves once', () => {
    const world = new World(down).set('ws', { ws_connections: 500 });
    expect(world.pass(60)).toEqual([]);
    world.set('ws', { ws_connections: 99 });
    expect(world.pass(120)).toEqual(['Down inactive>pending']);
    expect(world.pass(1)).toEqual(['Down pending>firing']);
    expect(world.pass(600)).toEqual([]);
    world.set('ws', { ws_connections: 100 });
    expect(world.pass(60)).toEqual(['Down firing>resolved']);
  });

  it('begins to wait again after a moment of calm', () => {
    const world = new World(memory).set('redis', { redis_memory_usage: 0.95 });
    const values = (second: number): unknown => world.set('redis', { redis_memory_usage: second === 8 ? 0.9 : 0.95 });
    expect(world.pass(17, values)).toEqual([
      'Memory inactive>pending',
      'Memory pending>inactive',
      'Memory inactive>pending',
    ]);
    expect(world.pass(2)).toEqual(['Memory pending>firing']);
  });

  it('tells who, what, since when, and how bad', () => {
    const world = new World(
      rulesOf(`alerts:
  - {name: Pool, condition: db_pool_exhausted, severity: SEV-1, route: primary, runbook: db-pool}
  - {name: Own, condition: 'db_pool_waiting > 3', severity: SEV-2, summary: '{{ $labels.target }} has {{ $value }} waiting'}`),
    ).set('pg', { db_pool_exhausted: 0, db_pool_waiting: 0 });
    world.pass(5);
    const since = world.wall + 1000;
    world.set('pg', { db_pool_exhausted: 1, db_pool_waiting: 7 }).pass(1);
    expect(world.told).toMatchObject([
      {
        alert: 'Pool{target="pg"}',
        severity: 'SEV-1',
        summary: 'Pool on pg (db_pool_exhausted)',
        labels: { target: 'pg' },
        runbook: 'db-pool',
        route: 'primary',
        since,
        at: since,
        suppression: null,
      },
      { severity: 'SEV-2', summary: 'pg has 7 waiting', value: 7 },
    ]);
  });

  it('never lets a label draw on the screen', () => {
    const world = new World(handbook({ R: 'x > 1' })).set('a\u001b[2J\u202eb\n', { x: 2 });
    world.pass(1);
    const shown = world.told.flatMap(({ alert, summary, labels }) => [alert, summary, ...Object.values(labels)]);
    expect(shown.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(world.told[0]?.summary).toBe('R on a\uFFFD[2J\uFFFDb\uFFFD: 2 (x > 1)');
  });

  it('keeps firing until the clear condition holds, and while `keep` lasts', () => {
    const world = new World(handbook({ M: 'm > 90% until < 85% keep 10s' })).set('r', { m: 0.88 });
    expect(world.pass(5)).toEqual([]);
    world.set('r', { m: 0.91 });
    expect(world.pass(1)).toEqual(['M inactive>firing']);
    world.set('r', { m: 0.86 });
    expect(world.pass(100)).toEqual([]);
    world.set('r', { m: 0.84 });
    expect(world.pass(10)).toEqual([]);
    expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ phase: 'firing', ending: true }]);
    expect(world.pass(1)).toEqual(['M firing>resolved']);
  });

  it('is per target: one of two servers fires alone', () => {
    const world = new World(handbook({ R: 'x > 1' })).set('a', { x: 1 }).set('b', { x: 2 });
    world.pass(3);
    expect(world.engine.active(world.mono, world.wall).map(({ alert }) => alert)).toEqual(['R{target="b"}']);
  });

  it('does not fire on one sample looked at twice', () => {
    const world = new World(handbook({ R: 'x > 1 for 3s' }), { intervalOf: () => 60_000 }).set('a', { x: 2 });
    world.pass(1);
    for (let i = 0; i < 30; i++) {
      world.mono += 1000;
      world.wall += 1000;
      world.step([]);
    }
    expect(world.told.map(({ to }) => to)).toEqual(['pending']);
    expect(world.pass(1)).toEqual(['R pending>firing']);
  });
});

describe('missing data', () => {
  it('of a "down" rule counts as down: a dead server pages', () => {
    const world = new World(down).set('ws', { ws_connections: 500 });
    world.pass(60);
    world.set('ws', null);
    expect(world.pass(121)).toEqual(['Down inactive>pending', 'Down pending>no_data']);
    expect(world.told.at(-1)?.summary).toBe('Down on ws: no data (ws_connections < 100 for 2m nodata alert)');
    world.set('ws', { ws_connections: 5 });
    expect(world.pass(2)).toEqual(['Down no_data>firing']);
    world.set('ws', { ws_connections: 500 });
    expect(world.pass(2)).toEqual(['Down firing>resolved']);
  });

  it('of a server that never answered pages too', () => {
    const world = new World(down).set('ws', null);
    expect(world.pass(121)).toEqual(['Down inactive>pending', 'Down pending>no_data']);
    world.set('ws', { ws_connections: 500 });
    expect(world.pass(2)).toEqual(['Down no_data>resolved']);
  });

  it('of one server of two that was down from the start pages for that one', () => {
    const world = new World(down).set('websocket1', { ws_connections: 500 }).set('websocket2', null);
    expect(world.pass(121)).toEqual(['Down inactive>pending', 'Down pending>no_data']);
    expect(world.told.at(-1)?.alert).toBe('Down{target="websocket2"}');
    world.set('websocket2', { ws_connections: 500 });
    expect(world.pass(2)).toEqual(['Down no_data>resolved']);
  });

  it('of a server that is still down when the hub comes back is one alert, and never expires', () => {
    const rules = handbook({ Memory: 'redis_memory_usage > 0.9 for 10s nodata alert' });
    const world = new World(rules).set('redis', { 'redis_memory_usage{basis="maxmemory"}': 0.5 });
    world.pass(10);
    world.set('redis', null);
    expect(world.pass(20)).toEqual(['Memory inactive>pending', 'Memory pending>no_data']);
    world.restart(60_000);
    expect(world.step([]).transitions).toEqual([]);
    expect(world.pass(3_000)).toEqual([]);
    expect(world.engine.active(world.mono, world.wall)).toMatchObject([
      { alert: 'Memory{basis="maxmemory",target="redis"}', phase: 'no_data' },
    ]);
    world.set('redis', { 'redis_memory_usage{basis="maxmemory"}': 0.5 });
    expect(world.pass(2)).toEqual(['Memory no_data>resolved']);
  });

  it('of a server that gives more labels once it answers ends with its first answer', () => {
    const rules = handbook({ Memory: 'redis_memory_usage > 0.9 for 10s nodata alert' });
    const world = new World(rules).set('redis', null);
    expect(world.pass(20)).toEqual(['Memory inactive>pending', 'Memory pending>no_data']);
    world.set('redis', { 'redis_memory_usage{basis="maxmemory"}': 0.5 });
    expect(world.pass(20)).toEqual(['Memory no_data>resolved']);
  });

  it('freezes what waits, and what waited too long ago waits again', () => {
    const world = new World(memory).set('redis', { redis_memory_usage: 0.95 });
    world.pass(6);
    world.set('redis', null);
    expect(world.pass(5)).toEqual([]);
    world.set('redis', { redis_memory_usage: 0.95 });
    expect(world.pass(1)).toEqual(['Memory pending>firing']);

    const slow = new World(memory).set('redis', { redis_memory_usage: 0.95 });
    slow.pass(6);
    slow.set('redis', null).pass(30);
    slow.set('redis', { redis_memory_usage: 0.95 });
    expect(slow.pass(10)).toEqual([]);
    expect(slow.pass(1)).toEqual(['Memory pending>firing']);
  });

  it('keeps what fires, says that it is unknown, and lets it expire after 15 minutes', () => {
    const world = new World(memory).set('redis', { redis_memory_usage: 0.95 });
    world.pass(20);
    world.set('redis', null);
    expect(world.pass(890)).toEqual([]);
    expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ phase: 'firing', unknown: true }]);
    expect(world.pass(20)).toEqual(['Memory firing>expired']);
  });

  it('resolves a Prometheus rule, as Prometheus does', () => {
    const rules = rulesOf('groups: [{name: g, rules: [{alert: P, expr: x > 1}]}]');
    const world = new World(rules).set('a', { x: 2 });
    expect(world.pass(100)).toEqual(['P inactive>firing']);
    world.set('a', null);
    expect(world.pass(3)).toEqual(['P firing>resolved']);
  });
});

describe('what happens to time and to servers', () => {
  const errors = handbook({ Errors: 'ws_connection_errors > 100/min' });

  it('a console asleep for a minute: no false alert, none lost', () => {
    for (const suspended of [true, false]) {
      const world = new World([...down, ...memory, ...errors]).set('redis', {
        redis_memory_usage: 0.95,
        ws_connection_errors: 0,
      });
      world.set('ws', { ws_connections: 50, ws_connection_errors: 5 });
      world.pass(100);
      const fired = world.told.filter(({ to }) => to === 'firing').map(({ rule }) => rule);
      expect(fired).toEqual(['Memory']);
      // 200 errors came while nothing ran. A suspended machine's monotonic clock stands still, a stopped process's goes on.
      world.wall += 60_000;
      if (!suspended) world.mono += 60_000;
      const stale = world.readings().map((reading) => ({ ...reading, at: world.wall - 60_000 }));
      world.set('ws', { ws_connections: 50, ws_connection_errors: 205 });
      const woken = world.step(stale);
      expect(woken.clock.map(({ kind }) => kind)).toContain('slept');
      expect(woken.transitions).toEqual([]);
      // 100 s of waiting before the sleep do not count; the condition has to hold for two whole minutes again.
      expect(world.pass(119)).toEqual([]);
      expect(world.pass(2)).toEqual(['Down pending>firing']);
      expect(world.engine.active(world.mono, world.wall).map(({ rule }) => rule)).toEqual(['Down', 'Memory']);
    }
  });

  it('a wall clock set back or forth an hour changes nothing', () => {
    for (const jump of [-3_600_000, 3_600_000]) {
      const world = new World([...memory, ...errors]).set('redis', {
        redis_memory_usage: 0.95,
        ws_connection_errors: 9,
      });
      world.pass(30);
      world.wall += jump;
      expect(world.pass(200)).toEqual([]);
      expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ rule: 'Memory', phase: 'firing' }]);
      world.set('redis', { redis_memory_usage: 0.5, ws_connection_errors: 9 });
      expect(world.pass(1)).toEqual(['Memory firing>resolved']);
    }
  });

  it('a clock set back does not make a waiting alert wait longer', () => {
    const world = new World(memory).set('redis', { redis_memory_usage: 0.95 });
    world.pass(5);
    world.wall -= 3_600_000;
    expect(world.pass(6)).toEqual(['Memory pending>firing']);
  });

  it('a Prometheus rule does not resolve because the console slept', () => {
    const rules = rulesOf('groups: [{name: g, rules: [{alert: P, expr: x > 1}]}]');
    const world = new World(rules).set('a', { x: 2 });
    world.pass(200);
    world.mono += 60_000;
    world.wall += 60_000;
    expect(world.step([]).transitions).toEqual([]);
    expect(world.pass(10)).toEqual([]);
  });

  it('a counter reset is no burst, and a restarted server hides none', () => {
    const world = new World(errors);
    let count = 5000;
    world.pass(120, (second) => world.set('ws', { ws_connection_errors: (count += second % 2) }));
    expect(world.told).toEqual([]);
    count = 0;
    world.pass(120, (second) => world.set('ws', { ws_connection_errors: (count += second % 2) }, 'b'));
    expect(world.told).toEqual([]);
    // Restarted, and already above what it was: only the life tells that all of it is new.
    count = 7000;
    expect(world.pass(1, () => world.set('ws', { ws_connection_errors: count }, 'c'))).toEqual([
      'Errors inactive>firing',
    ]);
  });

  it('more than a hundred errors a minute fire, exactly a hundred do not', () => {
    const world = new World(errors);
    let count = 0;
    world.pass(300, (second) => world.set('ws', { ws_connection_errors: (count = Math.floor((second * 100) / 60)) }));
    expect(world.told).toEqual([]);
    world.pass(60, (second) => world.set('ws', { ws_connection_errors: count + second * 2 }));
    expect(world.told.map(({ to }) => to)).toEqual(['firing']);
  });

  it('a window that was not seen whole proves "more than", never "less than"', () => {
    const world = new World(handbook({ Few: 'sent_errors < 10/min', Many: 'sent_errors > 100/min' }));
    let count = 0;
    expect(world.pass(59, () => world.set('ws', { sent_errors: (count += 1) }))).toEqual([]);
    expect(world.pass(60, () => world.set('ws', { sent_errors: count }))).toEqual(['Few inactive>firing']);
    const burst = new World(handbook({ Few: 'sent_errors < 10/min', Many: 'sent_errors > 100/min' }));
    count = 0;
    expect(burst.pass(10, () => burst.set('ws', { sent_errors: (count += 30) }))).toEqual(['Many inactive>firing']);
  });

  it('says which rules make little sense with the metrics there are', () => {
    const rules = {
      Gauge: 'queue_length > 5/min',
      Counter: 'not (sent_errors / 2 > 5)',
      Typo: 'max(queue_lenght) > 5',
      Fine: 'queue_length > 5 and increase(sent_errors[5m]) > 5 and count(sent_errors) > 1 and sent_errors > 5/min',
      Elsewhere: 'nothing_like_it > 5',
    };
    const world = new World(handbook(rules));
    expect(world.step().faults).toEqual([]);
    world.set('a', { queue_length: 1, sent_errors: 3 }).pass(10);
    const faults = [
      {
        rule: 'Gauge',
        message: 'queue_length is read as a gauge: remove /min, or name it queue_length_total if it only rises',
      },
      {
        rule: 'Counter',
        message: 'sent_errors only ever rises: compare what it rises by, such as sent_errors > 5/min',
      },
      { rule: 'Typo', message: 'queue_lenght is not known here; did you mean queue_length?' },
    ];
    expect(world.step().faults).toEqual(faults);
    world.engine.replaceRules(handbook({ Typo: 'queue_length > 5' }), world.mono, world.wall);
    expect(world.step().faults).toEqual([]);
  });
});

it('guesses no names among thousands: that would hold everything up', () => {
  const [rule] = handbook({ Typo: 'metric_number_7_totl > 5' });
  const names = (count: number): KnownMetricTypes =>
    new Map(Array.from({ length: count }, (_, i) => [`metric_number_${i}_total`, 'gauge']));
  expect(doubtOf(rule as Rule, names(100))?.message).toContain('did you mean metric_number_7_total?');
  expect(doubtOf(rule as Rule, names(3_000))).toBeNull();
});

describe('a restart of the console', () => {
  it('forgets nothing and fires nothing again', () => {
    const world = new World([...memory, ...down]).set('redis', { redis_memory_usage: 0.95 });
    world.set('ws', { ws_connections: 5 }).pass(60);
    const since = world.engine.active(world.mono, world.wall).find(({ rule }) => rule === 'Memory')?.since;
    world.restart(30_000);
    expect(world.engine.active(world.mono, world.wall)).toMatchObject([
      { rule: 'Memory', phase: 'firing', unknown: true, since },
      { rule: 'Down', phase: 'pending' },
    ]);
    // 60 of 120 s had gone by; the time in between does not count.
    expect(world.pass(55)).toEqual([]);
    expect(world.pass(10)).toEqual(['Down pending>firing']);
    world.set('redis', { redis_memory_usage: 0.5 });
    expect(world.pass(1)).toEqual(['Memory firing>resolved']);
  });

  it('takes up no waiting alert after an hour', () => {
    const world = new World(memory).set('redis', { redis_memory_usage: 0.95 });
    world.pass(5);
    world.restart(3_600_001);
    expect(world.pass(3)).toEqual(['Memory inactive>pending']);
  });

  it('does not resolve Prometheus alerts before it has seen anything', () => {
    const rules = rulesOf('groups: [{name: g, rules: [{alert: P, expr: "rate(ws_connection_errors[1m]) > 1"}]}]');
    const world = new World(rules);
    let count = 0;
    const burn = (): unknown => world.set('ws', { ws_connection_errors: (count += 5) });
    expect(world.pass(60, burn)).toEqual(['P inactive>firing']);
    world.restart(10_000);
    expect(world.pass(100, burn)).toEqual([]);
  });

  it('goes on under changed rules, and ends the alerts of those that are gone', () => {
    const world = new World([...memory, ...handbook({ Gone: 'redis_memory_usage > 0' })]).set('redis', {
      redis_memory_usage: 0.95,
    });
    world.pass(20);
    world.engine.replaceRules(
      handbook({ Memory: 'redis_memory_usage > 80% for 10s', New: 'redis_memory_usage > 1' }),
      world.mono,
      world.wall,
    );
    expect(world.pass(5)).toEqual(['Gone firing>resolved']);
  });
});

describe('an acknowledgement', () => {
  const MINUTES = 60_000;
  const fires = (): World => {
    const world = new World(handbook({ R: 'x > 1' })).set('a', { x: 5 });
    world.pass(1);
    acknowledge(world);
    return world;
  };
  const acknowledge = (world: World): void =>
    world.engine.acknowledge('R{target="a"}', { by: 'ann', at: world.wall, until: world.wall + 30 * MINUTES });
  const ackedBy = ({ engine, mono, wall }: World): string | null | undefined => {
    const [alert] = engine.active(mono, wall);
    return alert === undefined ? undefined : (alert.acked?.by ?? null);
  };

  it('changes nothing about the alert, and runs out', () => {
    const world = fires();
    expect(world.pass(29 * 60)).toEqual([]);
    expect(ackedBy(world)).toBe('ann');
    expect(world.pass(61)).toEqual([]);
    expect(ackedBy(world)).toBeNull();
  });

  it('ends with the alert: the next one asks anew', () => {
    const world = fires();
    expect(world.set('a', { x: 0 }).pass(1)).toEqual(['R firing>resolved']);
    expect(world.set('a', { x: 5 }).pass(1)).toEqual(['R resolved>firing']);
    expect(ackedBy(world)).toBeNull();
  });

  it('outlives a restart, and the time that took counts', () => {
    const world = fires();
    world.restart(20 * MINUTES);
    expect(ackedBy(world)).toBe('ann');
    expect(world.pass(9 * 60)).toEqual([]);
    expect(ackedBy(world)).toBe('ann');
    world.restart(2 * MINUTES);
    expect(ackedBy(world)).toBeNull();
  });

  it('outlives the moments in which a flapping alert does not fire', () => {
    const world = new World(handbook({ R: 'x > 1' }));
    world.pass(100, (second) => world.set('a', { x: second % 20 < 10 ? 0 : 5 }));
    world.set('a', { x: 5 }).pass(1);
    acknowledge(world);
    world.pass(100, (second) => world.set('a', { x: second % 20 < 10 ? 0 : 5 }));
    world.set('a', { x: 5 }).pass(1);
    expect(ackedBy(world)).toBe('ann');
  });
});

describe('suppression', () => {
  it('a silence ends by itself, and what still fires then is told', () => {
    const world = new World(handbook({ R: 'x > 1' })).set('a', { x: 1 });
    world.engine.addSilence({
      id: 's',
      matchers: [{ name: 'target', op: '=', value: 'a' }],
      author: 'ann',
      reason: 'known',
      until: world.wall + 60_000,
    });
    world.set('a', { x: 5 });
    expect(world.pass(59)).toEqual(['R inactive>firing (silenced)']);
    expect(world.told[0]?.suppression).toMatchObject({ by: 'ann', reason: 'known' });
    expect(world.pass(1)).toEqual(['R firing>firing']);
    expect(world.told[1]?.reason).toBe('it is no longer suppressed');
    expect(world.pass(60)).toEqual([]);
  });

  it('what came and went under a silence is quiet at both ends; what was told is ended aloud', () => {
    const world = new World(handbook({ R: 'x > 1', S: 'y > 1' })).set('a', { x: 5, y: 0 });
    world.pass(1);
    world.engine.addSilence({ id: 's', matchers: [], author: 'ann', reason: 'all', until: world.wall + 60_000 });
    expect(world.set('a', { x: 5, y: 5 }).pass(1)).toEqual(['S inactive>firing (silenced)']);
    expect(world.set('a', { x: 0, y: 0 }).pass(1)).toEqual(['R firing>resolved', 'S firing>resolved (silenced)']);
  });

  it('a target that is down inhibits its other rules, and no other target', () => {
    const rules = handbook({ 'Redis Down': 'redis_up == 0', Gone: 'x > 1 nodata alert for 3s', Slow: 'y > 1' });
    const world = new World(rules).set('redis1', { x: 0 }).set('redis2', { x: 0, y: 0 });
    world.pass(10);
    world.set('redis1', null).set('redis2', { x: 0, y: 5 });
    expect(world.pass(5)).toEqual([
      'Redis Down inactive>firing',
      'Gone inactive>pending',
      'Slow inactive>firing',
      'Gone pending>no_data (inhibited)',
    ]);
    expect(world.engine.active(world.mono, world.wall)[1]?.suppression).toEqual({
      kind: 'inhibited',
      by: 'Redis Down',
    });
    world.set('redis1', { x: 5 });
    expect(world.pass(1)).toEqual(['Redis Down firing>resolved', 'Gone no_data>firing']);
  });

  it('a server that says nothing is one call: the most severe of the rules that take silence for the worst speaks', () => {
    const rules = rulesOf(`alerts:
  - { name: Early, condition: w > 1 nodata alert, severity: SEV-3, keep: 0s }
  - { name: Mild, condition: x > 1 for 3s nodata alert, severity: SEV-2, keep: 0s }
  - { name: Bad, condition: y > 1 for 3s nodata alert, severity: SEV-1, keep: 0s }
  - { name: Same, condition: z > 1 for 3s nodata alert, severity: SEV-1, keep: 0s }`);
    const well = { w: 0, x: 0, y: 0, z: 0 };
    const world = new World(rules).set('a', well).set('b', well);
    world.pass(10);
    expect(
      world
        .set('a', null)
        .pass(20)
        .filter((line) => line.includes('no_data')),
    ).toEqual([
      'Early inactive>no_data',
      'Mild pending>no_data (inhibited)',
      'Bad pending>no_data',
      'Same pending>no_data (inhibited)',
    ]);
    const active = world.engine.active(world.mono, world.wall);
    expect(
      active.map(({ rule, suppression }) => [rule, suppression?.kind === 'inhibited' ? suppression.by : null]),
    ).toEqual([
      ['Early', null],
      ['Mild', 'Bad'],
      ['Bad', null],
      ['Same', 'Bad'],
    ]);
    // It speaks again: what it then says is told.
    expect(world.set('a', { ...well, x: 5 }).pass(2)).toEqual([
      'Early no_data>resolved',
      'Mild no_data>firing',
      'Bad no_data>resolved',
      'Same no_data>resolved (inhibited)',
    ]);
  });

  it('what is down is the whole of a target, not a part of it; in Prometheus files too', () => {
    const down = rulesOf(`alerts:
  - { name: Down, condition: redis_up == 0, severity: SEV-1 }
  - { name: Link, condition: redis_master_link_up == 0, severity: SEV-1 }
groups: [{ name: g, rules: [{ alert: P, expr: pg_up == 0 }, { alert: Q, expr: pg_wal_receiver_up == 0 }] }]`);
    expect(down.map(({ name, inhibits }) => [name, inhibits])).toEqual([
      ['Down', ['target']],
      ['Link', []],
      ['P', ['target']],
      ['Q', []],
    ]);
  });

  it('flapping is told once in ten minutes, and the end is told', () => {
    const world = new World(handbook({ R: 'x > 1' })).set('a', { x: 0 });
    const said = world.pass(300, (second) => world.set('a', { x: second % 20 < 10 ? 0 : 5 }));
    expect(said).toHaveLength(30);
    const aloud = said.filter((line) => !line.includes('(flapping)'));
    expect(aloud).toHaveLength(5);
    expect(world.told[4]).toMatchObject({ to: 'firing', flapping: true, suppression: null });
    expect(world.engine.active(world.mono, world.wall)).toEqual([]);
    // People were last told that it fires; once ten minutes have gone by they hear that it does not.
    world.set('a', { x: 0 });
    expect(world.pass(700)).toEqual(['R resolved>resolved']);
    world.set('a', { x: 5 });
    expect(world.pass(1)).toEqual(['R resolved>firing']);
    expect(world.engine.active(world.mono, world.wall)).toMatchObject([{ flapping: false, suppression: null }]);
  });
});
