/** Every fault of a runbook with its place and a hint, all at once. */
import { expect, test } from 'vitest';
import { redisFault } from '../../src/runbooks/redis-text.ts';
import { sqlFaults } from '../../src/runbooks/sql-text.ts';
import { targetFaults } from '../../src/runbooks/targets.ts';
import { faultsOf, fence, formattedFaults, OURS, runbookOf } from './world.ts';

/** The parameters of OURS that no step takes are not what is tested here. */
const told = (text: string): string[] => faultsOf(text).filter((fault) => !fault.includes('no step takes'));

test('a fault has its line, its column and a caret', () => {
  expect(
    formattedFaults(`${OURS}- list\n\n  \`\`\`sql {name=a kindd=mutate}\n  SELECT 1;\n  DROP TABLE t\n  \`\`\`\n`),
  ).toContain(
    'r.md:6:18: there is no attribute kindd; did you mean "kind"?\n  ' +
      '  ```sql {name=a kindd=mutate}\n                   ^',
  );
});

test.each([
  ['sql {name=a kindd=mutate}', '4:16: there is no attribute kindd; did you mean "kind"?'],
  [
    'sql {name=a zebra=1}',
    '4:16: there is no attribute zebra; known are name, kind, target, uses, max, timeout, confirm, undo, since',
  ],
  ['sql {name=a kind=mutat}', '4:16: kind must be observe or mutate, not "mutat"'],
  ['sql {name=a name=b}', '4:16: name is given twice'],
  ['sql {"name":"a","name":"b"}', '4:20: name is given twice'],
  ['sql {name=a} {max=1}', '4:17: nothing may follow the first }: attributes end there'],
  ['sql {name=a', '4:8: this { has no }'],
  ['sql {"name":a}', '4:8: this is no JSON of names and text, such as {"name":"memory"}'],
  ['sql {name=a timeout=soon}', '4:16: timeout must be a duration such as 5s or 2m, at most 10m, not "soon"'],
  ['sql {name=a timeout=1h}', '4:16: timeout must be a duration such as 5s or 2m, at most 10m, not "1h"'],
  ['sql {name=a max=0}', '4:16: max must be a whole number, 1 or more, not "0"'],
  ['sql {name="a b"}', '4:9: name must be letters, digits, -, _ and ., 64 at most, not "a b"'],
  ['sql {name=a target="b c"}', 'look at 4:16: runme knows no quotes: write all of them as {"target":"b c"}'],
  ['sql {name=a target="b}', '4:16: the quotes of target are not closed'],
  ['sql {name=a since=5m}', 'look at 4:4: since is for steps in log'],
  ['sql {name=a max=5}', 'look at 4:4: max and undo are for steps of kind=mutate'],
  ['sql {name=a background=true}', '4:16: a step is never left running in the background'],
  ['sql {name=a uses=redis.expire-missing}', '4:4: redis.expire-missing is a step in redis'],
  ['yaml {name=a kind=observe}', '4:4: blocks of yaml are never run'],
])('`%s`: %s', (info, fault) => {
  expect(told(fence(info, 'SELECT 1'))).toContain(fault);
});

test.each([
  ['sh {name=a kind=mutate}', 'rm x', ['4:4: say excludeFromRunAll=true, or `runme run all` runs it without asking']],
  ['sh {name=a kind=observe}', 'rm x', ['look at 4:4: it looks as if it changed something, and says kind=observe']],
  ['sh {name=a}', 'tail -f x.log', ['look at 4:4: it looks as if it never ended by itself, or wanted a terminal']],
  ['sql {name=a}', '', ['4:4: the block is empty']],
  ['sql {name=a kind=observe}', 'SELECT ${{pdi}}', ['5:8: there is no parameter ${{pdi}}; did you mean "pid"?']],
  [
    'sql {name=a kind=observe}',
    'SELECT ${{zebra}}',
    ['5:8: there is no parameter ${{zebra}}; name it in params: of the front matter, or ask for it'],
  ],
  [
    'sql {name=a kind=observe}',
    "SELECT '${{pid}}'",
    ['5:8: a parameter in quotes is text of the query and not bound: take the quotes away'],
  ],
  [
    'sql {name=a kind=mutate}',
    'DELETE FROM t',
    ['look at 4:4: it is shown and never run: a change needs uses=, which brings its preview'],
  ],
  // A step that does not say what it is observes.
  ['sql {name=a}', 'DELETE FROM t', ['5:1: DELETE may change something, and this step only observes']],
  [
    'sh {name=a excludeFromRunAll=true}',
    'rm x',
    ['look at 4:4: it looks as if it changed something, and counts as kind=mutate: say so, or kind=observe'],
  ],
  ['yaml {name=a}', 'a: 1', []],
  ['sqll {name=a}', 'SELECT 1', ['look at 4:4: blocks of sqll are never run; did you mean "sql"?']],
  ['sqll {name=a kind=mutate}', 'SELECT 1', ['4:4: blocks of sqll are never run; did you mean "sql"?']],
  [
    'redis {name=a kind=observe}',
    '# x\nINFO memory\nKEYS *',
    ['7:1: KEYS is not given: it blocks the server while it runs; use SCAN'],
  ],
  [
    'redis {name=a kind=mutate uses=redis.expire-missing}',
    'EXPIRE key ${{ttl}} NX',
    ['4:4: redis.expire-missing takes the parameter pattern: show it as ${{pattern}}'],
  ],
  [
    'http {name=a kind=observe}',
    'POST https://x.org/',
    ['5:1: POST may change something, and this step only observes'],
  ],
  ['http {name=a kind=observe}', 'GET /healthz', ['5:1: a path needs target=, the target that is asked']],
  ['http {name=a kind=observe}', 'GET x.org', ['5:1: the URL begins with https://, http:// or, with target=, a slash']],
  [
    'http {name=a kind=observe}',
    'curl x.org',
    ['5:1: the first line is a method and a URL, such as GET https://example.com/healthz'],
  ],
  ['docker {name=a kind=observe}', 'rm x', ['5:1: docker steps are stats, ps, top, logs, inspect, not "rm"']],
  ['log {name=a kind=observe since=5m}', 'error', []],
  ['docker {name=a}', 'stats web', []],
  ['ask {name=a}', 'Which pid?', []],
])('`%s` with %j: %j', (info, text, faults) => {
  expect(told(fence(info, text))).toEqual(faults);
});

test.each([
  ['INSERT INTO t VALUES (1)', 'INSERT may change something, and this step only observes'],
  ['WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x', 'DELETE changes something, and this step only observes'],
  ['EXPLAIN ANALYZE UPDATE t SET a = 1', 'UPDATE changes something, and this step only observes'],
  ['SELECT * INTO u FROM t', 'INTO changes something, and this step only observes'],
  ['SELECT * FROM t FOR UPDATE', 'FOR UPDATE and the like lock rows: this step only observes'],
  ['SELECT 1; SELECT 2', 'a second statement: a step has only one'],
  ['SELECT pg_terminate_backend(1)', 'pg_terminate_backend() acts even where nothing may be written'],
  ['SELECT "pg_terminate_backend"(1)', 'pg_terminate_backend() acts even where nothing may be written'],
  ['SELECT U&"pg\\005fterminate_backend"(1)', 'a name written with U& is not read here: write it as it is'],
  ["SELECT * FROM ts_stat('SELECT pg_reload_conf()')", 'ts_stat() acts even where nothing may be written'],
  ['SELECT pg_stat_statements_reset()', 'pg_stat_statements_reset() acts even where nothing may be written'],
  ["SELECT U&'a', pg_stat_get_db_xact_commit(1), name FROM pg_file_settings, pg_replication_origin_status", null],
  ["SELECT E'\\'' ; DELETE FROM t --'", 'a second statement: a step has only one'],
  ['CALL p()', 'CALL may change something, and this step only observes'],
  ['VACUUM', 'VACUUM may change something, and this step only observes'],
  ['/* SELECT */ DROP TABLE t', 'DROP may change something, and this step only observes'],
  ['-- a comment\nSELECT 1 -- ; DELETE\n;', null],
  ['SELECT \'DELETE; DROP\', $x$ UPDATE; $x$, "insert" /* ; DELETE */', null],
  ["(SELECT substring('a' FOR 1)) UNION (SELECT CASE WHEN true THEN '1' END)", null],
  ['SHOW max_connections', null],
  ['', null],
])('%j is refused as %j', (sql, message) => {
  expect(sqlFaults(sql).map((fault) => fault.message)).toEqual(message === null ? [] : [message]);
});

test.each([
  ['INFO', null],
  ['config get maxmemory', null],
  ['CONFIG SET maxmemory 1', 'CONFIG SET is none of the commands that only read; of CONFIG they are GET'],
  ['FLUSHALL', 'FLUSHALL is none of the commands that only read'],
  ['INFOO', 'INFOO is none of the commands that only read; did you mean "INFO"?'],
  ['MONITOR', 'MONITOR is not given: it never ends, and slows the server down; use SLOWLOG GET'],
  ['constructor', 'CONSTRUCTOR is none of the commands that only read'],
])('`%s` in a step that observes: %j', (command, fault) => {
  expect(redisFault(command.split(' '))).toBe(fault);
});

test('names are given once, and an answer is a parameter', () => {
  const text = `${OURS}\`\`\`ask {name=who}\nWho?\n\`\`\`
\`\`\`sql {name=a}\nSELECT \${{who}}\n\`\`\`
\`\`\`sql {name=a}\nSELECT 1\n\`\`\`
`;
  expect(told(text)).toEqual(['10:9: a is the name of the block in line 7, too']);
  expect(runbookOf(text).steps.map(({ name, isExecutable }) => [name, isExecutable])).toEqual([
    ['who', false],
    ['a', true],
    ['step-1', false],
  ]);
});

test('what is not closed is named where it begins', () => {
  expect(told(`${OURS}\`\`\`sql {name=a}\nSELECT 1\n\n# Next\n`)).toEqual([
    '4:4: this block is not closed: it takes all that follows',
  ]);
  expect(told('- a\n\n  ```sh\n  ls\n\nb\n')).toEqual(['3:6: this block is not closed: it takes all that follows']);
  expect(told('a\n\n<!-- b\n')).toEqual(['3:1: this comment is not closed: it hides what follows']);
});

test('the front matter’s faults stand at their values', () => {
  const text = `---
warroom:
  alert: { a: b }
  severity: SEV-9
  parms: {}
  params:
    a b: 1
    mode: { default: x, choices: [y] }
    key: { default: x, secret: true }
  links: { d: 'javascript:alert(1)' }
---
`;
  expect(faultsOf(text)).toEqual([
    '3:10: alert must be the name of an alert, or a list of names',
    '4:13: severity must be SEV-0 to SEV-3',
    '5:3: unknown key parms; did you mean params?',
    '7:5: a parameter has a name such as max_idle',
    'look at 7:10: no step takes the parameter a b',
    'look at 8:11: no step takes the parameter mode',
    '8:22: default must be one of the choices: y',
    'look at 9:10: no step takes the parameter key',
    '9:21: a secret stands in no file: give it by env',
    '10:15: a link begins with https:// or http:// and a host',
  ]);
  expect(faultsOf('---\ntitle: a\nwarroom:\n  alert: b\n# Heading\n')).toEqual([
    '1:1: the front matter has no second ---: nothing here is run',
  ]);
  expect(faultsOf('---\nwarroom: [\n---\n')).toEqual([expect.stringMatching(/^3:1: /)]);
});

test('a file that is none of ours is only told what is broken', () => {
  expect(told('```sh {name=a interactive=false zebra=1}\nrm x\n```\n')).toEqual([
    expect.stringContaining('look at 1:33: there is no attribute zebra'),
  ]);
  expect(told('```js {1,3-5} title="a b"\nx\n```\n```yaml\na: ${{ github.sha }}\n```\n')).toEqual([]);
  expect(told('```sh {name=a} b\nls\n```\n')).toEqual(['1:16: nothing may follow the first }: attributes end there']);
  expect(told('```sql {name=a kind=observe}\nSELECT 1\n```\n')).toEqual([
    'look at 1:4: nothing here is run: the front matter has no warroom:',
  ]);
});

test('targets are those of the configuration, by name or by kind', () => {
  const targets = [
    { name: 'orders', kind: 'postgres' },
    { name: 'edge', kind: 'websocket' },
  ];
  const of = (info: string, text = 'SELECT 1') =>
    targetFaults(runbookOf(fence(info, text)), targets).map(
      ({ line, column, message, isFault }) => `${isFault ? '' : 'look at '}${line}:${column}: ${message}`,
    );
  expect(of('sql {name=a target=orders}')).toEqual([]);
  expect(of('sql {name=a target=postgres}')).toEqual([]);
  expect(of('sql {name=a}')).toEqual([]);
  expect(of('http {name=a target=websocket}', 'GET /x')).toEqual([]);
  expect(of('http {name=a}', 'GET https://x.org/')).toEqual([]);
  expect(of('sql {name=a target=order}')).toEqual(['4:16: there is no target "order"; did you mean "orders"?']);
  expect(of('sql {name=a target=edge}')).toEqual(['4:16: edge is of kind websocket: steps in sql need postgres']);
  expect(of('redis {name=a}', 'INFO')).toEqual(['look at 4:1: there is no redis target here to run it on']);
});
