/** `warroom trace`: whole processes; the logs are on the hub's machine. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InProcess } from '../support/program.ts';

const place = new InProcess();
const config = path.join(place.data, 'config');
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
beforeAll(async () => {
  mkdirSync(config);
  writeFileSync(path.join(config, 'warroom.yaml'), 'targets: []\n');
  writeFileSync(
    path.join(config, 'logs.yaml'),
    'logs:\n  - { name: web, file: web.log }\n  - { name: db, file: "db*.log" }\n',
  );
  const now = new Date().toISOString();
  writeFileSync(path.join(config, 'web.log'), `${now} GET /pay trace_id=${TRACE} \u001b[2J 500\n${now} other\n`);
  await place.hub(['--config', config]);
});
afterAll(() => place.close());

test('the lines of an id, what was not searched, and nothing for another id', async () => {
  const found = await place.json(['trace', TRACE]);
  expect(found).toMatchObject({
    id: TRACE,
    lines: [{ log: 'web', text: expect.stringContaining('GET /pay') }],
    logs: [
      { log: 'web', lines: 1, trouble: null },
      { log: 'db', lines: 0, trouble: expect.stringContaining('there is no file') },
    ],
    more: 0,
  });
  const { stdout, stderr, code } = await place.whole(['trace', TRACE]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d \S+Z {2}web {2}\S+ GET \/pay .* \ufffd\[2J 500\n$/);
  expect(stderr).toContain('db: there is no file');
  expect((await place.run(['trace', 'f'.repeat(32)])).stderr).toContain('nothing about ffff');
  expect(await place.run(['trace', 'ab'])).toMatchObject({ code: 2 });
});

test('logs.yaml is checked with the rest of the configuration', async () => {
  const other = path.join(place.data, 'other');
  mkdirSync(other);
  writeFileSync(path.join(other, 'warroom.yaml'), 'targets: []\n');
  const faults = async (yaml: string): Promise<string> => {
    writeFileSync(path.join(other, 'logs.yaml'), yaml);
    return (await place.run(['check', '--config', other])).stderr;
  };
  expect(await faults('logs:\n  - { name: a, file: x, journald: y }\n')).toContain(
    'logs.yaml:2:35: a log has one of file, journald and loki',
  );
  expect(await faults('logs:\n  - { name: a, loki: "ftp://x", query: "{}" }\n')).toContain('must begin with https://');
  expect(await faults('logs:\n  - { name: a, loki: "https://x", query: "app" }\n')).toContain('{app="auth"}');
  expect(await faults('logs:\n  - { name: a, file: x }\n  - { name: a, file: y }\n')).toContain(
    'a log named a already',
  );
  expect(await faults('logs:\n  - { name: a, journald: "; rm -rf" }\n')).toContain('the name of a unit');
});
