/** What stops a write in a step that observes is the server, not the check of its words: here the check is left out. */
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { sql } from '../../src/runbooks/steps/sql.ts';
import { contextOf } from './native.ts';
import { stepsOf, fence } from './world.ts';

const admin = new pg.Client(inject('databaseUrl'));
beforeAll(async () => {
  await admin.connect();
  await admin.query(`DROP SCHEMA IF EXISTS steps CASCADE; CREATE SCHEMA steps;
    CREATE TABLE steps.t AS SELECT 1 AS n; CREATE SEQUENCE steps.s;
    CREATE FUNCTION steps.write() RETURNS int LANGUAGE sql AS 'INSERT INTO steps.t VALUES (2) RETURNING n';
    CREATE FUNCTION steps.turn() RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN SET TRANSACTION READ WRITE; INSERT INTO steps.t VALUES (3); RETURN 'x'; END $$;
    CREATE FUNCTION steps.role() RETURNS text LANGUAGE plpgsql AS
      $$ BEGIN PERFORM set_config('default_transaction_read_only', 'off', false);
         EXECUTE 'INSERT INTO steps.t VALUES (4)'; RETURN 'x'; END $$`);
});
afterAll(async () => {
  await admin.query('DROP SCHEMA steps CASCADE');
  await admin.end();
});

async function observe(text: string, params: Readonly<Record<string, string>> = {}): Promise<string> {
  const [step] = stepsOf(fence('sql {name=a kind=observe}', 'SELECT 1'));
  const settings = { url: inject('databaseUrl'), timeoutMs: 2_500, ca: null, cert: null, key: null };
  let printed = '';
  const context = contextOf([{ name: 'db', kind: 'postgres', intervalMs: 1_000, settings }], params, {
    step: { ...step!, text },
    write: async (chunk) => void (printed += String(chunk)),
  });
  const said = await sql(context);
  return `${printed}${said}`;
}

test.each([
  ['a function', 'SELECT steps.write()', /read-only transaction.*25006/],
  ['a function that wants to write', 'SELECT steps.turn()', /read-write mode|read-only/],
  ['a function that changes the session', 'SELECT steps.role()', /read-only transaction/],
  ['a CTE', 'WITH gone AS (DELETE FROM steps.t RETURNING n) SELECT * FROM gone', /must not contain data-modifying/],
  ['a second statement', 'SELECT 1; DELETE FROM steps.t', /multiple commands/],
  ['the end of the transaction', 'SELECT 1; COMMIT; DELETE FROM steps.t', /multiple commands/],
  ['no query at all', 'DELETE FROM steps.t', /syntax error/],
  ['a table made by a query', 'SELECT * INTO steps.u FROM steps.t', /INTO|read-only/],
  ['a sequence', "SELECT nextval('steps.s')", /read-only transaction/],
  ['a lock', 'SELECT * FROM steps.t FOR UPDATE', /read-only transaction/],
  ['a plan that is run', 'EXPLAIN ANALYZE DELETE FROM steps.t', /read-only transaction/],
  ['a plan and a second statement', 'EXPLAIN SELECT 1; DELETE FROM steps.t', /multiple commands/],
])('%s that writes is refused by the server', async (_what, text, why) => {
  await expect(observe(text)).rejects.toThrow(why);
  expect((await admin.query('SELECT array_agg(n) AS all FROM steps.t')).rows).toEqual([{ all: [1] }]);
});

test('queries of every kind are answered; a fault has the words of the server', async () => {
  expect(await observe('-- all of it\nTABLE steps.t;  -- the end')).toBe('n\n-\n1\n1 row');
  expect(await observe('SELECT 1 AS n, 2 AS n, NULL AS m')).toBe('n  n  m\n-  -  -\n1  2  ∅\n1 row');
  expect(await observe('SHOW transaction_read_only')).toMatch(/\non\n1 row$/);
  expect(await observe('EXPLAIN SELECT * FROM steps.t WHERE n = ${{n}}', { n: '1' })).toMatch(/Seq Scan/);
  const odd = `'; DROP TABLE steps.t; --\n"`;
  expect(await observe('SELECT ${{a}}::text = ${{a}} AS same, length(${{a}}) AS long', { a: odd })).toMatch(
    new RegExp(`t +${odd.length}`),
  );
  await expect(observe('SELECT duration FROM steps.t')).rejects.toThrow(
    'column "duration" does not exist (SQLSTATE 42703)',
  );
  await expect(observe("SELECT repeat('x', 100000000)")).rejects.toThrow(/more than 8 MiB/);
});
