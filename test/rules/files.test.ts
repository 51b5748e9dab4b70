/** Rule files: what loads, and where faults are shown; the shell's `rules` command. */
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from '../support/property.ts';
import { beforeAll, describe, expect, it } from 'vitest';
import command, { rulesCheck, rulesTest } from '../../src/cli/commands/rules.ts';
import { UsageError } from '../../src/cli/command.ts';
import { formatFault } from '../../src/config/fault.ts';
import { loadRules } from '../../src/config/load-rules.ts';
import { runRuleTests } from '../../src/config/rule-test.ts';

const faultsOf = (text: string): string[] =>
  loadRules([{ path: 'a.yaml', text }]).faults.map(({ line, column, message }) => `${line}:${column} ${message}`);
const alert = (lines: string): string => `alerts:\n  - name: A\n    severity: SEV-1\n${lines.replace(/^/gm, '    ')}`;

describe('rule files', () => {
  it('show the place of a fault with a caret', () => {
    const { faults } = loadRules([{ path: 'alerts.yaml', text: alert('condition: errors > 100/mn') }]);
    expect(faults.map((fault) => formatFault(fault))).toEqual([
      [
        'alerts.yaml:4:29: unknown unit "/mn"; did you mean "min"? (known: /s /min /h)',
        '      condition: errors > 100/mn',
        '                              ^',
      ].join('\n'),
    ]);
  });

  it.each([
    ['condition: "x{a=\\"b\\"} > 1 fro 2m"', '4:32 '],
    ["condition: 'x{a=''b''} > 1 fro 2m'", '4:32 '],
    ['condition: |\n  x > 1\n    and y > 1 fro 2m', '6:19 '],
    ['condition: >-\n  x > 1\n  and y > 5 parsecs', '6:17 '],
    ['condition: x > 1\n  and y fro 2m', '5:13 '],
    ['condition: "x > \\\n  5 parsecs"', '5:9 '],
    ['condition: x > 1 for 2m\nfor: 3m', '5:5 "for" is given here and in the condition'],
    ['condition: x\nfor: soon', '5:10 for must be a duration'],
    ['condition: x\nroute: [a]', '5:12 route must be text'],
    ['condition: x\nlabels: { a: "{{ query }}" }', '5:18 {{ query }} is outside the subset'],
    ['condition: x\nsumary: y', '5:5 unknown key sumary; did you mean summary?'],
    ['condition: ""', '4:16 "condition" is empty'],
    ['conditon: x', '2:5 "condition" is missing'],
  ])('find the place in %j', (lines, fault) => {
    expect(faultsOf(alert(lines))[0]).toContain(fault);
  });

  it.each([
    ['', '1:1 the file has no "alerts:"'],
    ['hello', '1:1 the file must be a map'],
    ['alerts: 5', '1:9 alerts must be a list'],
    ['rules: []', '1:1 unknown key rules; allowed are alerts, groups'],
    ['alerts: [', 'Flow sequence'],
    ['['.repeat(20_000), 'nested too deeply'],
    ['alerts: []\nalerts: []', '2:1 the key "alerts" is given twice'],
    ['groups: [{name: a}, {name: a}]', '1:21 the group "a" is given twice'],
    ['groups: [{name: a, rules: [{record: b, expr: c}]}]', '1:28 recording rules are outside the subset'],
    ['a: &a [x, x]\nb: [*a, *a]', '1:1 unknown key a'],
  ])('say what is wrong with %.40j', (text, fault) => {
    expect(faultsOf(text).join('\n')).toContain(fault);
  });

  it('find every fault of every file at once, and keep the rules without one', () => {
    const good = alert('condition: x > 1');
    const { rules, faults } = loadRules([
      { path: 'a.yaml', text: good },
      { path: 'b.yaml', text: good },
      { path: 'c.yaml', text: 'groups: [{name: g, rules: [{alert: B, expr: "1 >"}, {alert: C, expr: x}]}]' },
    ]);
    expect(rules.map(({ id }) => id)).toEqual(['A', 'g/C']);
    expect(faults.map(({ file, message }) => `${file} ${message}`)).toEqual([
      'b.yaml there is already an alert "A" (a.yaml:2)',
      'c.yaml expected a metric or a number, found the end',
    ]);
  });

  it('check routes against those that exist', () => {
    const text = alert('condition: x\nroute: on-cal-primary');
    const { faults } = loadRules([{ path: 'a.yaml', text }], { routes: ['on-call-primary'] });
    expect(faults.map(({ message }) => message)).toEqual([
      'unknown route "on-cal-primary"; did you mean "on-call-primary"? (known: on-call-primary)',
    ]);
  });

  it.each(['route: 5', 'route: true', 'runbook: 7.5'])('want a name where one belongs: %s', (line) => {
    const text = alert(`condition: x > 1\n${line}`);
    const [key = '', value = ''] = line.split(': ');
    expect(faultsOf(text)).toEqual([`5:${key.length + 7} "${key}" must be a name, not ${value}`]);
    expect(faultsOf(text.replace(value, `on-call-${value}`))).toEqual([]);
  });

  it('give Prometheus severities ours, and every rule its own id', () => {
    const rule = (severity: string): string => `{alert: A, expr: x, labels: {severity: ${severity}}}`;
    const rules = ['page', 'warning', 'info', 'P0', 'whatever'].map(rule).join(', ');
    const loaded = loadRules([{ path: 'a.yaml', text: `groups: [{name: g, rules: [${rules}]}]` }]).rules;
    expect(loaded.map(({ severity }) => severity)).toEqual(['SEV-1', 'SEV-2', 'SEV-3', 'SEV-0', 'SEV-2']);
    expect(new Set(loaded.map(({ id }) => id)).size).toBe(5);
  });

  it('are read in bounded time, whatever their size', () => {
    const keys = Array.from({ length: 10_000 }, (_, i) => `  k${i}: 1\n`).join('');
    expect(faultsOf(`alerts:\n${keys}`)).toEqual(['2:3 alerts must be a list']);
    const rules = (count: number): string =>
      Array.from({ length: count }, (_, i) => `  - { name: r${i}, condition: x > 1, severity: SEV-2 }\n`).join('');
    expect(faultsOf(`alerts:\n${rules(1_000)}`)).toEqual([]);
    expect(faultsOf(`alerts:\n${rules(1_001)}`)).toEqual([
      '1002:5 these are 1001 rules, and at most 1000 are evaluated: take out those that nobody acts on, from this one on',
    ]);
    const series = Array.from({ length: 20 }, (_, i) => `{series: s${i}, values: 1x199999}`).join(', ');
    const text = `tests: [{input_series: [${series}]}]`;
    expect(runRuleTests([{ path: 't.yaml', text }], () => []).failures[0]?.got).toContain('more than 2,000,000 values');
  });

  it('never throw, whatever the text', () => {
    const piece = fc.constantFrom(
      'alerts:',
      'groups:',
      '- name: a',
      'condition: x > 1',
      'rules:',
      'expr: |',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      '"',
      '&a',
      '*a',
      'tests:',
      'input_series:',
      'values: 1x999999999',
      'series: x',
      'eval_time: 1y',
      'interval: 1ms',
      '\t',
      '!!binary x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const file = { path: 'x.yaml', text: pieces.join(pieces.length % 2 === 0 ? '\n' : ' ') };
        for (const { line, column } of loadRules([file]).faults) expect(line > 0 && column > 0).toBe(true);
        runRuleTests([file], () => []);
      }),
      { numRuns: 300 },
    );
  });
});

describe('warroom rules', () => {
  let dir = '';
  const write = (name: string, text: string): string => {
    writeFileSync(path.join(dir, name), text);
    return path.join(dir, name);
  };
  const io = (json: boolean) => {
    const lines = { out: [] as string[], err: [] as string[] };
    const context = {
      json,
      args: [] as string[],
      flags: {},
      env: { HOME: dir },
      out: (line: string) => void lines.out.push(line),
      err: (line: string) => void lines.err.push(line),
      raw: () => undefined,
      text: () => undefined,
      progress: () => undefined,
      on: () => false,
      all: () => [],
      wrong: (message = 'usage') => new UsageError(message),
    };
    return { ...lines, context };
  };
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'warroom-rules-'));
  });

  it('check answers 0 for good rules and 1 for faults, in words and in JSON', async () => {
    const good = io(false);
    expect(await rulesCheck(good.context, [write('good.yaml', alert('condition: x > 1'))])).toBe(0);
    expect([good.out.join(), good.err]).toEqual([expect.stringContaining('1 rule, 0 faults'), []]);
    const bad = io(true);
    expect(await rulesCheck(bad.context, [write('bad.yaml', alert('condition: x >'))])).toBe(1);
    expect(JSON.parse(bad.out.join())).toMatchObject({ rules: 0, faults: [{ line: 4, column: 19 }] });
    expect(bad.err).toEqual([]);
  });

  it('test answers 0 and 1, and names what was expected and what came', () => {
    write('r.yaml', 'groups: [{name: g, rules: [{alert: A, expr: x > 1}]}]');
    const test = (labels: string): string =>
      `rule_files: ['*.yaml']\ntests: [{input_series: [{series: 'x{a="1"}', values: '2'}], alert_rule_test: [{eval_time: 0, alertname: A, exp_alerts: [{exp_labels: {${labels}}}]}]}]`;
    const [good, bad] = [write('good.yml', test("a: '1'")), write('bad.yml', test("a: '2'"))];
    for (const name of ['bad.yaml', 'good.yaml']) write(name, 'groups: []');
    const { out, context } = io(true);
    expect(rulesTest(context, [good])).toBe(0);
    expect(JSON.parse(out.join())).toEqual({ passed: 1, failed: 0, failures: [] });
    const wrong = io(false);
    expect(rulesTest(wrong.context, [good, bad])).toBe(1);
    expect([wrong.out, wrong.err.join()]).toEqual([['1 passed, 1 failed'], expect.stringContaining('#1 at 0: A')]);
  });

  it('refuses wrong words and files that are not there', async () => {
    for (const args of [[], ['lint'], ['test']]) {
      await expect(command.run({ ...io(false).context, args })).rejects.toThrow(UsageError);
    }
    await expect(rulesCheck(io(false).context, [path.join(dir, 'none.yaml')])).rejects.toThrow(UsageError);
  });

  it('checks the configured alerts when no file is named', async () => {
    const nowhere = { ...io(false).context, text: () => path.join(dir, 'nowhere'), args: ['check'] };
    await expect(command.run(nowhere)).rejects.toThrow('there is no folder');
    const { out, context } = io(false);
    expect(await command.run({ ...context, args: ['check'] })).toBe(0);
    expect(out.join()).toMatch(/5 rules, 0 faults in .*config.alerts\.yaml/);
    expect(readFileSync('config/alerts.yaml', 'utf8')).toContain('WebSocket Connections Down');
  });
});
