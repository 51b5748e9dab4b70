/** A Markdown text as a runbook: its blocks with their places, its front matter, its sections. */
import { expect, test } from 'vitest';
import { readInfo } from '../../src/runbooks/info-string.ts';
import { stepNamed } from '../../src/runbooks/runbook.ts';
import { fence, OURS, runbookOf, stepsOf } from './world.ts';

test('a step has all that its block says', () => {
  const info =
    'redis {name=stale kind=mutate uses=redis.expire-missing target=cache max=5 timeout=1m confirm=typed undo=persist}';
  expect(stepsOf(fence(info, '# like ${{pattern}}\nEXPIRE key ${{ ttl }} NX'))).toEqual([
    {
      name: 'stale',
      kind: 'mutate',
      language: 'redis',
      text: '# like ${{pattern}}\nEXPIRE key ${{ ttl }} NX\n',
      output: null,
      params: ['pattern', 'ttl'],
      target: 'cache',
      uses: 'redis.expire-missing',
      max: 5,
      timeoutMs: 60_000,
      isTyped: true,
      undo: 'persist',
      sinceMs: null,
      cwd: null,
      interpreter: null,
      line: 4,
      isExecutable: true,
    },
  ]);
});

test.each([
  ['without a name', 'sql {kind=observe}', 'SELECT 1', false],
  ['with a name', 'sql {name=a}', 'SELECT 1', true],
  ['in JSON', 'sql {"name":"a","target":"pg \\"main\\""}', 'SELECT 1', true],
  ['in words', 'note {name=a}', 'Breathe.', false],
  ['in a language nobody runs', 'yaml {name=a}', 'a: 1', false],
  ['that changes something and uses nothing', 'sql {name=a kind=mutate}', 'DELETE FROM t', false],
  ['of commands that change something', 'sh {name=a kind=mutate excludeFromRunAll=true}', 'rm x', true],
  ['that writes and says it observes', 'sql {name=a kind=observe}', 'DELETE FROM t', false],
  ['with a misspelt attribute', 'sql {name=a kindd=mutate}', 'SELECT 1', false],
])('a block %s: `%s` runs: %s %s', (_, info, text, runs) => {
  expect(stepsOf(fence(info, text)).map(({ isExecutable }) => isExecutable)).toEqual([runs]);
});

test('a misspelt kind may have been a change, and is shown as one', () => {
  expect(stepsOf(fence('sql {name=a kind=mutat}', 'SELECT 1'))).toMatchObject([
    { kind: 'mutate', isExecutable: false },
  ]);
});

test('nothing runs in a file that does not say so', () => {
  const text = fence('sql {name=a kind=observe}', 'SELECT 1').slice(OURS.length);
  expect(stepsOf(text)).toMatchObject([{ name: 'a', isExecutable: false }]);
  expect(stepsOf(OURS + text)).toMatchObject([{ name: 'a', isExecutable: true }]);
});

test('fences in lists and quotes, with tabs, tildes and other line ends, keep their text and their lines', () => {
  const text = [
    '# Title',
    '1. One',
    '',
    '    ```sh',
    '    a \\',
    '      b',
    '    ```',
    '',
    '2. Two',
    '\t~~~~ sql',
    '\tSELECT 1',
    '\t```',
    '\t~~~~',
    '> ```console',
    '> $ c',
    '> ```',
    '',
    '<details>',
    '',
    '```bash',
    'd',
    '```',
    '</details>',
  ];
  for (const end of ['\n', '\r\n', '\r'])
    expect(stepsOf(`\uFEFF${text.join(end)}`).map(({ line, language, text }) => [line, language, text])).toEqual([
      [4, 'sh', 'a \\\n  b\n'],
      [10, 'sql', 'SELECT 1\n```\n'],
      [14, 'sh', 'c\n'],
      [20, 'sh', 'd\n'],
    ]);
});

test('blocks in comments are none, and comments are not shown', () => {
  const text = 'a\n<!-- old:\n```sh\nrm -rf /\n```\n-->\n```sh\nls # <!-- no comment\n```\n- <!-- b -->\n';
  const { steps, text: shown } = runbookOf(text);
  expect(steps.map((step) => step.text)).toEqual(['ls # <!-- no comment\n']);
  expect(shown.split('\n')).toEqual(['a', '', '', '', '', '', '```sh', 'ls # <!-- no comment', '```', '', '']);
});

test('the front matter of others is tolerated, and a rule across the page is none', () => {
  for (const front of [
    '---\ntitle: A B\nweight: 20\n---\n',
    '---\nrunme:\n  id: 01\n  version: v3\n---\n',
    '+++\ntitle = "x"\n+++\n',
    '---\ntitle: <%= x %>\nbroken: [\n---\n',
  ]) {
    const { steps, text } = runbookOf(`${front}\`\`\`sh\nls\n\`\`\`\n`);
    expect(steps).toMatchObject([{ line: front.split('\n').length, language: 'sh' }]);
    expect(text.trim()).toBe('```sh\nls\n```');
  }
  expect(runbookOf('---\n\n# Heading\n\ntext\n\n---\n').title).toBe('Heading');
});

test('what the front matter says', () => {
  const runbook = runbookOf(`---
title: never shown
warroom:
  alert: [Redis Memory >90%, Redis Refuses Writes]
  severity: sev-2
  params:
    pattern: presence:*
    ttl: 60
    pid:
    mode: { default: soft, choices: [soft, hard], about: how }
    token: { env: ADMIN_TOKEN, secret: true }
  links: { dashboard: 'https://grafana.example.com/d/1?from={from}&to={to}' }
---
# Runbook: Redis
`);
  expect(runbook).toMatchObject({
    title: 'Redis',
    alerts: ['Redis Memory >90%', 'Redis Refuses Writes'],
    severity: 'SEV-2',
  });
  expect(
    [...runbook.params.values()].map((one) => [one.name, one.default, one.env, one.isNumber, one.isSecret]),
  ).toEqual([
    ['pattern', 'presence:*', null, false, false],
    ['ttl', '60', null, true, false],
    ['pid', null, null, false, false],
    ['mode', 'soft', null, false, false],
    ['token', null, 'ADMIN_TOKEN', false, true],
  ]);
  expect(runbook.params.get('mode')).toMatchObject({ choices: ['soft', 'hard'], about: 'how' });
  expect([...runbook.links]).toEqual([['dashboard', 'https://grafana.example.com/d/1?from={from}&to={to}']]);
});

test('blocks without a name are called after their section', () => {
  const block = '```sh\nls\n```\n';
  const text = `# A\n${block}## Quick *diagnosis*!\n${block}${block}## Quick diagnosis\n${block}### \n${block}`;
  const named = '```sh {name=quick-diagnosis-1}\nls\n```\n';
  const { steps } = runbookOf(text + named);
  expect(steps.map(({ name }) => name)).toEqual([
    'a-1',
    'quick-diagnosis-2',
    'quick-diagnosis-3',
    'quick-diagnosis-1-1',
    'step-1',
    'quick-diagnosis-1',
  ]);
  expect(stepNamed(runbookOf(text + named), 'quick-diagnosis-1')?.line).toBe(20);
});

test.each([
  ['$ a\nout\n$ b \\\n  c\nout2', 'a\nb \\\n  c\n', 'out\nout2'],
  ['$ cat <<EOF\n$HOME is text\nEOF\n$ ls', 'cat <<EOF\n$HOME is text\nEOF\nls\n', null],
  ["$ echo 'one\ntwo'\nthree", "echo 'one\ntwo'\n", 'three'],
  ['$ a |\n  b\nout', 'a |\n  b\n', 'out'],
  ['[ana@db ~]$ a\nroot@db:/# b\nsh-5.1# c', 'a\nb\nc\n', null],
  ['# a comment\nls', '# a comment\nls\n', null],
  ["awk '{ print $1 }'\necho 90% done", "awk '{ print $1 }'\necho 90% done\n", null],
])('%j is typed as %j and printed as %j', (text, typed, printed) => {
  expect(stepsOf(`\`\`\`console\n${text}\n\`\`\``)).toMatchObject([{ text: typed, output: printed }]);
});

test.each([
  ['kubectl -n <namespace> get pod <pod-name> < in > out', ['namespace', 'pod-name']],
  ['cmd <in >out; cat <<EOF\nx\nEOF\ndiff <(a) <(b)', []],
  ["X=1\necho $X ${Y} ${Z:-no} $HOME $1 $$ $? \\$E '$NF' $(date)", ['Y']],
  ['for pod in $PODS; do echo $pod; done; read -r line; echo $line', ['PODS']],
  ["NS='<the label from alert>'", ['the label from alert']],
])('%j asks for %j', (text, params) => {
  expect(stepsOf(`\`\`\`sh\n${text}\n\`\`\``)[0]?.params).toEqual(params);
});

test('a variable that one block sets is known in the next', () => {
  const blocks = '```sh\nexport POD=a\n```\n```sh\necho $POD $NS\n```\n';
  expect(stepsOf(blocks).map(({ params }) => params)).toEqual([[], ['NS']]);
});

test.each([
  ['', 'kubectl get nodes', 'sh'],
  ['console', 'sum by (a) (rate(x_total[5m]))', 'promql'],
  ['bash', 'histogram_quantile(0.9, x)', 'promql'],
  ['', 'http_requests_total{code="500"}', 'promql'],
  ['bash', 'cloud_sql_proxy -instances=x', 'sh'],
  ['bash', 'count() { wc -l; }', 'sh'],
  ['', 'select 1', 'sql'],
  ['', 'apiVersion: v1\nkind: Pod', 'yaml'],
  ['', '{"a": 1}', 'json'],
  ['', 'module "x" {\n}', 'hcl'],
  ['YAML', 'a: 1', 'yaml'],
  ['PostgreSQL', 'select 1', 'sql'],
  ['text', 'kubectl', 'text'],
  ['js', 'x', 'js'],
  ['constructor', 'x', 'constructor'],
])('a block of `%s` with %j is %s', (word, text, language) => {
  expect(stepsOf(`\`\`\`${word}\n${text}\n\`\`\``)[0]?.language).toBe(language);
});

test.each([
  ['sh {name=a background=false}', ['name=a', 'background=false']],
  ['sh{ name=a  x="two words" }', ['name=a', 'x=two words']],
  ['sh {"name":"a\\"b","n":1,"on":true}', ['name=a"b', 'n=1', 'on=true']],
  ['{.sql name=a}', ['name=a']],
  ['js title="x" {1,3-5}', ['1,3-5=']],
  ['sh {name=a} {b=c}', ['name=a']],
  ['sh {', []],
  ['', []],
])('the attributes of `%s`', (info, found) => {
  expect(readInfo(info).attributes.map(({ key, value }) => `${key}=${value}`)).toEqual(found);
  for (const { key, at } of readInfo(info).attributes)
    expect(info.slice(at).replace(/^"/, '').startsWith(key)).toBe(true);
});

test('escalations name the handbook’s levels', () => {
  const text = `## Escalation
- Writes fail: call the secondary on-call.
- If data is lost, escalate to the Tech Lead
- Else wait.
## Else
- If it burns, escalate to L4
`;
  expect(runbookOf(text).escalations.map(({ level, line }) => [level, line])).toEqual([
    ['L2', 2],
    ['L3', 3],
    [null, 4],
    ['L4', 6],
  ]);
});
