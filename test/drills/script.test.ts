/** What a drill's file means: its world for a hub, where its faults are, and how a team is scored. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { formatFault } from '../../src/config/fault.ts';
import { FAULTS } from '../../src/drills/faults/index.ts';
import { scoreOf } from '../../src/drills/score.ts';
import { drillNames, readScript } from '../../src/drills/script.ts';
import { variablesOf } from '../../src/drills/world.ts';
import { findStep, type StepWorld } from '../../src/hub/step-request.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { readRunbook } from '../../src/runbooks/document.ts';
import { at, given, type Step } from '../incident/story.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-drill-'));
const shipped = path.join(import.meta.dirname, '../../config');
mkdirSync(path.join(dir, 'drills'));
afterAll(() => rmSync(dir, { recursive: true }));

test('the shipped drills are those of the documents', () =>
  expect(drillNames([shipped])).toEqual(['oauth-down', 'pool-exhausted', 'redis-memory', 'ws-overload']));

test('the example of docs/drills.md is one, and names every fault', async () => {
  const page = readFileSync(path.join(shipped, '../docs/drills.md'), 'utf8');
  writeFileSync(path.join(dir, 'drills', 'example.yaml'), /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? '');
  expect(await readScript('example', [dir])).toMatchObject({ title: 'Redis runs full', cues: { length: 3 } });
  const named = [...page.matchAll(/^\| `(\w+\.\w+)` /gm)].map(([, name]) => name);
  expect(named).toEqual(Object.keys(FAULTS));
});

test('the hub of a drill has its targets and alerts, and of the receivers those that take drills', async () => {
  writeFileSync(path.join(dir, 'warroom.yaml'), "targets: [{ name: production, kind: redis, url: 'redis://prod' }]\n");
  writeFileSync(
    path.join(dir, 'receivers.yaml'),
    'receivers:\n  - { name: a, kind: status-files, dir: a }\n  - { name: b, kind: status-files, dir: b, drills: true }\n',
  );
  const drill = path.join(shipped, 'drills', 'redis-memory.yaml');
  const urls = ['cache', 'sessions'].map((name) => variablesOf(name, 'redis', 'redis://127.0.0.1:7'));
  const config = await loadConfig({ dir, drill, env: Object.assign({}, ...urls) });
  if ('faults' in config) throw new Error(config.faults.map(formatFault).join('\n'));
  expect(config.targets.map(({ name }) => name)).toEqual(['cache', 'sessions']);
  expect(config.rules.map(({ name, annotations }) => [name, annotations['summary']?.[0]])).toEqual([
    ['DRILL Redis Memory >90%', 'DRILL '],
  ]);
  expect(config.receivers.map(({ name }) => name)).toEqual(['b']);
  // Nobody rehearses: nothing is watched, and nobody is told.
  const past = await loadConfig({ dir, drill: '', env: {} });
  expect(past).toMatchObject({ targets: [], rules: [], receivers: [{ name: 'b' }] });
});

test.each([
  ['severity: SEV-9', 'severity is SEV-0, SEV-1, SEV-2, SEV-3, not "SEV-9"'],
  ['servers: { cache: reddis }', 'cache is redis, postgres, chat, oauth, not "reddis"'],
  ['script: [{ when: later, who: mia, say: hello }]', 'when is start, inject, firing,'],
  ['script: [{ when: start }]', 'a cue has a fault, or somebody who says something'],
  ['script: [{ when: start, who: ic, say: hello }]', 'a name'],
  ['script: [{ when: start, fault: postgres.leak }]', 'breaks a server of kind postgres, and none is named'],
  ['script: [{ when: start, fault: redis.fill, server: carts }]', 'and there is cache'],
  ['script: [{ when: start, fault: redis.fill, with: { keys: a, to: 90 } }]', 'to must be'],
  ['alerts: [{ name: x, condition: redis_up = 0, severity: SEV-1 }]', 'expected an operator'],
  ['targets: [{ name: cache, kind: redis, url: "http://x" }]', 'url must begin with redis://'],
  ['play: [{ who: ana, run: status }, { who: ana, runn: [] }]', 'unknown key runn; did you mean run?'],
])('%s: the fault has its place', async (line, words) => {
  const key = line.slice(0, line.indexOf(':'));
  const plain = { title: 't', about: 'a', severity: 'SEV-3', servers: '{ cache: redis }', targets: '[]' };
  const rest = Object.entries(plain).filter(([name]) => name !== key);
  writeFileSync(path.join(dir, 'drills', 'odd.yaml'), [...rest.map((pair) => pair.join(': ')), line, ''].join('\n'));
  const read = await readScript('odd', [dir]);
  const faults = read !== null && 'faults' in read ? read.faults : [];
  expect(faults.map(({ message }) => message).join('\n')).toContain(words);
  expect(faults.some(({ line: at }) => at === rest.length + 1)).toBe(true);
});

const machine = { actor: { name: 'hub', observer: false, via: 'runbook' as const } };
/** A change that is asked for, previewed, approved and begun; the first entry is `seq`. */
const run = (seq: number, step: string, target: string, minutes: number): readonly Step[] => [
  ['ana', { kind: 'request_step', runbook: 'r', step, stepKind: 'mutate', target, params: {} }, minutes],
  [
    'hub',
    {
      kind: 'preview_step',
      ref: seq,
      count: 1,
      unit: 'keys',
      samples: [],
      node: target,
      role: null,
      complete: true,
      undo: null,
      irreversible: false,
      isTyped: false,
    },
    minutes,
    machine,
  ],
  ['ana', { kind: 'approve_step', ref: seq, typed: target }, minutes],
  ['hub', { kind: 'start_step', ref: seq, of: 1, batch: 1 }, minutes, machine],
];

test('the score tells the times, what was missed and what was wrong', () => {
  const { events } = given(
    ['ana', { kind: 'declare', title: 'DB', severity: 'SEV-2', drill: true }],
    ['mia', { kind: 'note', text: 'support: it is slow' }, 1],
    ['ana', { kind: 'acknowledge' }, 2],
    ['bob', { kind: 'cue_drill', cue: 'hint' }, 3],
    ['ana', { kind: 'assign_role', role: 'ic', name: 'ana' }, 4],
    ['ana', { kind: 'set_severity', to: 'SEV-1' }, 5],
    ['ana', { kind: 'assign_role', role: 'scribe', name: 'bob' }, 6],
    ['ana', { kind: 'assign_role', role: 'comms', name: 'cyd' }, 40],
    ['hub', { kind: 'miss_deadline', what: 'update', dueAt: at(35) }, 41, machine],
    ['ana', { kind: 'set_status', to: 'identified', public: 'we know it' }, 42],
    ...run(11, 'fix', 'orders', 43),
    ...run(16, 'fix', 'carts', 43),
    ...run(21, 'drop', 'orders', 43),
    ['ana', { kind: 'set_status', to: 'resolved' }, 70],
  );
  const score = scoreOf(events, {
    name: 'db',
    severity: 'SEV-0',
    policy: HANDBOOK_POLICY,
    wrong: [{ step: 'drop', why: 'it drops the table' }],
    broken: new Set(['orders']),
    voices: new Set(['mia', 'drill']),
    auto: false,
  });
  expect(score).toMatchObject({
    recovered: false,
    mttaSeconds: 120,
    mttdSeconds: 42 * 60,
    mttrSeconds: 70 * 60,
    updatesMissed: 1,
    hints: 1,
    people: ['ana', 'bob'],
    wrong: [
      'fix changed carts, which was well',
      'drop: it drops the table',
      'SEV-1 at most, where the matrix gives SEV-0',
    ],
    steps: [
      { step: 'acknowledged', seconds: 120, met: true },
      { step: 'roles', seconds: 2400, targetSeconds: 900, met: false },
      { step: 'update', seconds: 2520, targetSeconds: 1800, met: false },
      { step: 'diagnosed', seconds: 2520, targetSeconds: 900, met: false },
      // No alert ever fired: nobody knows that it recovered.
      { step: 'recovered', seconds: null, met: false },
    ],
  });
});

const RUNBOOK = `---
warroom:
  params:
    url: { about: where the flag is }
---

# Flags

\`\`\`http {name=flag kind=mutate uses=http.toggle}
PUT \${{url}}
content-type: application/json

{"enabled": true}
\`\`\`
`;

test('in a drill no step changes another machine', () => {
  const { runbook } = readRunbook({ path: 'flags.md', text: RUNBOOK }, 'flags');
  const { state } = given(['ana', { kind: 'declare', title: 'DB', severity: 'SEV-2' }]);
  const world: StepWorld = {
    runbooks: [runbook],
    targets: [],
    logs: [],
    env: {},
    allowShell: false,
    incident: state,
    rehearsal: true,
  };
  const asked = (url: string, rehearsal: boolean): string => {
    const found = findStep(
      { kind: 'run_step', runbook: 'flags', step: 'flag', params: { url } },
      { ...world, rehearsal },
    );
    return 'refused' in found ? found.reason : 'runs';
  };
  expect(asked('https://flags.example.com/sessions', true)).toBe('a drill changes nothing outside of its own servers');
  expect(asked('http://127.0.0.1:8080/sessions', true)).toBe('runs');
  expect(asked('https://flags.example.com/sessions', false)).toBe('runs');
});
