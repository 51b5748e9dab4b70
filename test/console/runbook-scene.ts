/** A runbook in the recorded incident: two steps done, one that changes something under way; and the lists beside it. */
import path from 'node:path';
import { runbookView } from '../../src/cli/answers.ts';
import { shippedDir } from '../../src/config/config.ts';
import type { Answer, RunbookSummary, RunbookView, Trace } from '../../src/protocol/questions.ts';
import { readRunbookFile } from '../../src/runbooks/folder.ts';
import { NOW, STORY } from '../support/recorded.ts';
import type { Step } from '../incident/story.ts';

const file = path.join(shippedDir(), 'runbooks/redis-memory-full.md');
const read = readRunbookFile({ name: 'redis-memory-full', path: file });
if (read === null) throw new Error(`${file} is not there`);
/** The shipped one, with a link. */
export const RUNBOOK: RunbookView = {
  ...runbookView(read.runbook),
  links: [
    { name: 'dashboard', url: 'https://grafana.example/d/redis?from={from}&to={to}&var-target={target}' },
    { name: 'trace', url: 'https://jaeger.example/trace/{id}' },
  ],
};

const machine = { actor: { name: 'hub', observer: false, via: 'hub' } } as const;
const END = { kind: 'finish_step', state: 'done', durationMs: 42 } as const;
const request = (step: string, stepKind: 'observe' | 'mutate', who: string, minutes: number): Step => [
  who,
  { kind: 'request_step', runbook: RUNBOOK.name, step, stepKind, target: 'cache', params: {} },
  minutes,
];
const OUTPUT = ['used_memory_human:930.00M', 'maxmemory_human:1.00G', 'maxmemory_policy:noeviction'].join('\n');
/** From #17 on: what bob and carol observed. */
export const OBSERVED: readonly Step[] = [
  ...STORY,
  request('memory', 'observe', 'bob', 38),
  [
    'hub',
    {
      ...END,
      ref: 17,
      result: '930 MB of 1 GB, noeviction',
      output: OUTPUT,
      outputBytes: 4200,
      file: 'runbooks/x/17.txt',
    },
    38,
    machine,
  ],
  request('keyspace', 'observe', 'carol', 38.2),
  ['hub', { ...END, ref: 19, result: '23,000 keys, 20,000 expire' }, 38.3, machine],
];
const samples = ['presence:user:77', 'presence:user:1042', 'presence:user:9'];
/** #21: bob asks to change something, and sees what that would be. */
export const PREVIEWED: readonly Step[] = [
  ...OBSERVED,
  request('expire-missing', 'mutate', 'bob', 41.9),
  [
    'hub',
    {
      kind: 'preview_step',
      ref: 21,
      count: 3_000,
      unit: 'keys',
      samples,
      node: '127.0.0.1:6379',
      role: 'master',
      complete: true,
      undo: 'PERSIST the 3,000; their list is kept',
      irreversible: false,
      isTyped: false,
    },
    42.1,
    machine,
  ],
];
export const CONFIRMED: readonly Step[] = [
  ...PREVIEWED,
  ['bob', { kind: 'approve_step', ref: 21, typed: 'cache' }, 42.2],
];
export const STARTED: readonly Step[] = [
  ...CONFIRMED,
  ['alice', { kind: 'approve_step', ref: 21 }, 42.22],
  ['hub', { kind: 'start_step', ref: 21, of: 3_000, batch: 200 }, 42.23, machine],
  ['hub', { kind: 'progress_step', ref: 21, applied: 2_400, skipped: 3 }, 42.24, machine],
];

const summary = (name: string, title: string, more: Partial<RunbookSummary> = {}): RunbookSummary => ({
  name,
  title,
  alerts: [],
  severity: null,
  steps: 5,
  runs: 4,
  rules: [],
  ...more,
});
export const RUNBOOKS: Answer = {
  runbooks: [
    summary('database-connection-pool-exhausted', 'Database connection pool exhausted', {
      rules: ['Database Pool Exhausted'],
    }),
    summary('etcd', 'etcd quota', { runs: 0 }),
    summary(RUNBOOK.name, RUNBOOK.title, { runs: 8, rules: ['Redis Memory >90%'] }),
  ],
};

export const ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const line = (log: string, ms: number, text: string) => ({ log, at: NOW - 300_000 + ms, text });
export const TRACE: Trace = {
  lines: [
    line('web', 0, `GET /pay trace_id=${ID}`),
    line('pay', 120, `charge begins trace_id=${ID}`),
    line('pay', 3_120, `error: no connection from the pool within 3 s trace_id=${ID} \u001b[2J`),
    line('web', 3_140, `GET /pay 500 3140ms trace_id=${ID}`),
  ],
  logs: [
    { log: 'web', lines: 2, bytes: 800_000, trouble: null },
    { log: 'pay', lines: 2, bytes: 16_777_216, trouble: 'pay.log is long: only its last 16 MiB were searched' },
  ],
  more: 0,
};
