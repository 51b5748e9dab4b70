/** receivers.yaml: what is read, and every fault with its place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { RECEIVER_KINDS } from '../../src/delivery/receivers/index.ts';
import { isDigest } from '../../src/incident/deliveries.ts';

let dir: string;
beforeEach(() => void (dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-receivers-'))));
afterEach(() => rmSync(dir, { recursive: true }));

function load(receivers: string, env: NodeJS.ProcessEnv = {}) {
  writeFileSync(path.join(dir, 'receivers.yaml'), receivers);
  return loadConfig({ dir, env });
}
async function faults(receivers: string): Promise<readonly string[]> {
  const config = await load(receivers);
  const found = 'faults' in config ? config.faults : [];
  return found.map(({ file, line, column, message }) => `${path.basename(file)}:${line}:${column}: ${message}`);
}

test('the example of the contract, with what stands where nothing is said', async () => {
  const config = await load(
    [
      'receivers:',
      "  - { name: ops-hook, kind: webhook, url: 'https://x.example', secret: '${HOOK_SECRET}', events: [declared, page], min: SEV-2, drills: false }",
      '  - { name: page, kind: status-files, dir: status }',
    ].join('\n'),
    { HOOK_SECRET: 's3cret' },
  );
  expect(config).toMatchObject({
    receivers: [
      { name: 'ops-hook', kindName: 'webhook', events: ['declared', 'page'], min: 'SEV-2', routes: [], drills: false },
      { name: 'page', kindName: 'status-files', min: 'SEV-3', settings: { dir: path.join(dir, 'status') } },
    ],
  });
  // Without the file nobody is told, and that is no fault.
  rmSync(path.join(dir, 'receivers.yaml'));
  expect(await loadConfig({ dir, env: {} })).toMatchObject({ receivers: [] });
});

test('a secret comes from a file beside it', async () => {
  writeFileSync(path.join(dir, 'key'), 's3cret\nand a comment\n');
  const config = await load("receivers: [{ name: a, kind: webhook, url: 'https://x.example', secret_file: key }]");
  expect(config).toMatchObject({ receivers: [{ settings: { secret: 's3cret' } }] });
});

test.each<[string, string, readonly string[]]>([
  ['no list', 'receivers: 7', ['receivers.yaml:1:12: receivers must be a list; each begins with "- name:"']],
  ['no map', 'receivers: [hook]', ['receivers.yaml:1:13: a receiver must be a map of keys to values']],
  [
    'a kind that is none',
    'receivers:\n  - { name: a, kind: pagerdoty }',
    ['receivers.yaml:2:22: no kind of receiver is called pagerdoty; did you mean pagerduty?'],
  ],
  [
    'two of one name',
    "receivers:\n  - { name: a, kind: webhook, url: 'https://x' }\n  - { name: a, kind: webhook, url: 'https://x' }",
    ['receivers.yaml:3:13: there is a receiver named a already'],
  ],
  [
    'a variable that is not set',
    "receivers:\n  - { name: a, kind: webhook, url: 'https://x', headers: { key: '${HOOK_KEY}' } }",
    ['receivers.yaml:2:65: the environment has no HOOK_KEY'],
  ],
  [
    'all that can be chosen, wrongly',
    "receivers:\n  - { name: 'a b', kind: webhook, url: 'http://x.example/hook', events: [declard], min: 1, drills: no way, to: me }",
    [
      'receivers.yaml:2:13: a name has up to 40 letters, digits and . _ -',
      'receivers.yaml:2:40: url must begin with https://: http:// is for this machine only',
      'receivers.yaml:2:74: events must be one of declared, severity, status, resolved, page, acknowledged, role, decision, entry, update, digest, handoff',
      'receivers.yaml:2:89: min must be one of SEV-0, SEV-1, SEV-2, SEV-3',
      'receivers.yaml:2:100: drills must be true or false',
      'receivers.yaml:2:108: unknown key to; allowed are name, kind, events, min, routes, drills, zone, ca, timeout, url, secret, secret_file, headers, body',
    ],
  ],
  [
    'digests where they cannot go',
    [
      'receivers:',
      '  - { name: a, kind: pagerduty, routing_key: 0123456789abcdef0123456789abcdef, events: [page, handoff] }',
      "  - { name: b, kind: alertmanager, url: 'https://x', events: [digest] }",
      "  - { name: c, kind: status-files, dir: '/x', events: digest }",
      '  - { name: d, kind: slack, token: xoxb-1, events: [handoff] }',
      '  - { name: e, kind: smtp, host: x, from: a@example.org, events: [digest], zone: Europe/Berln }',
    ].join('\n'),
    [
      'receivers.yaml:2:95: events must be one of declared, page, acknowledged, resolved for pagerduty',
      'receivers.yaml:3:62: what takes alerts takes no digest and no handoff',
      'receivers.yaml:4:55: events must be update: nothing else is for the public',
      'receivers.yaml:5:5: "channel" is missing: a digest belongs to no incident and has no channel of its own',
      'receivers.yaml:6:5: "to" is missing: who gets the digests',
      'receivers.yaml:6:82: there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?; zones are called Europe/Berlin, America/New_York, UTC',
    ],
  ],
])('%s', async (_, text, expected) => {
  expect(await faults(text)).toEqual(expected);
});

test('a route that oncall.yaml does not have', async () => {
  writeFileSync(
    path.join(dir, 'oncall.yaml'),
    'people: [{ name: ana, phone: "1" }]\nroutes: { db-people: { L1: { person: ana } } }\n',
  );
  const receiver = "receivers: [{ name: a, kind: webhook, url: 'https://x', routes: [db-peple] }]";
  expect(await faults(receiver)).toEqual([
    'receivers.yaml:1:66: oncall.yaml has no route db-peple; did you mean "db-people"?',
  ]);
  expect(await faults(receiver.replace('db-peple', 'db-people'))).toEqual([]);
});

test('nobody gets digests who did not ask', async () => {
  const kinds = await Promise.all(Object.values(RECEIVER_KINDS).map((load) => load()));
  expect(kinds.length).toBeGreaterThan(5);
  expect(kinds.flatMap(({ events }) => events).filter(isDigest)).toEqual([]);
});

test('a fault shows the line without the secrets on it', async () => {
  const config = await load(
    [
      'receivers:',
      "  - { name: a, kind: webhook, url: 'https://me:hunter2@x', secret: hunter2, headers: { Authorization: 'B hunter2' } }",
      '  - { name: b, kind: pagerduty, "routing_key": "hunter2, hunter2", evnts: [page] }',
      "  - { name: c, kind: ntfy, topic: 'hunter2 hunter2', token: hunter2, tokn_file: no, password: '${P}' }",
      '  - name: d',
      '    kind: webhook',
      '    secret: whsec_hunter2, {hunter2} # hunter2',
    ].join('\n'),
  );
  const shown = ('faults' in config ? config.faults : []).map(({ source }) => source);
  expect(shown.join('\n')).not.toContain('hunter2');
  expect(new Set(shown)).toEqual(
    new Set([
      "  - { name: a, kind: webhook, url: 'https://me:*******@x', secret: *******, headers: { Authorization: *********** } }",
      '  - { name: b, kind: pagerduty, "routing_key": ******************, evnts: [page] }',
      "  - { name: c, kind: ntfy, topic: *****************, token: *******, tokn_file: no, password: '${P}' }",
      '    secret: **********************************',
      '  - name: d',
    ]),
  );
});
