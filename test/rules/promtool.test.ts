/** The same rule tests through the real promtool and through ours: both must agree, on what passes and on what fails. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/config/load-rules.ts';
import { runRuleTests } from '../../src/config/rule-test.ts';
import { findRuleFiles, readText, type TextFile } from '../../src/config/text-file.ts';
import { promqlTests } from './evaluations.ts';

const run = promisify(execFile);
const dir = path.join(import.meta.dirname, 'vectors');
const named = (ending: string): string[] => readdirSync(dir).filter((name) => name.endsWith(ending));
const vector = (name: string): TextFile => readText(path.join(dir, name)) as TextFile;

/** What promtool writes; `ok` when it ended with 0. Null when it is not installed. */
async function promtool(...args: string[]): Promise<{ ok: boolean; text: string } | null> {
  try {
    const { stdout, stderr } = await run('promtool', args, { cwd: dir });
    return { ok: true, text: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    return code === 'ENOENT' ? null : { ok: false, text: stdout + stderr };
  }
}

/** `alert or expression @ time` of each failure promtool tells of. */
const failuresIn = (text: string): string[] =>
  [...text.matchAll(/^\s*(?:alertname: (\S+)|expr: "(.*)"), time: (\w+),/gm)].map(
    ([, alert, expr, time]) => `${alert ?? expr?.replaceAll('\\"', '"')} @ ${time}`,
  );

describe('rule tests in promtool format', () => {
  it.each(named('.test.yaml'))('%s passes in both', async (name) => {
    const ours = runRuleTests([vector(name)], findRuleFiles);
    expect(ours.failures).toEqual([]);
    expect(ours.passed).toBeGreaterThan(9);
    const theirs = await promtool('test', 'rules', name);
    if (theirs !== null) expect(theirs.text).not.toMatch(/FAILED/);
  });

  it.each(named('.fails.yaml'))('%s fails in both, for the same reasons', async (name) => {
    const ours = runRuleTests([vector(name)], findRuleFiles);
    expect(ours.passed).toBe(0);
    expect(ours.failures.length).toBeGreaterThan(0);
    expect(ours.failures.every(({ expected, got }) => JSON.stringify(expected) !== JSON.stringify(got))).toBe(true);
    const theirs = await promtool('test', 'rules', name);
    if (theirs === null) return;
    expect(theirs.ok).toBe(false);
    const told = ours.failures.map(({ alert, evalTime }) => `${alert} @ ${evalTime}`);
    expect(told.toSorted()).toEqual(failuresIn(theirs.text).toSorted());
  });

  it.each(named('.rules.yaml'))('%s is accepted by both', async (name) => {
    expect(loadRules([vector(name)]).faults).toEqual([]);
    const theirs = await promtool('check', 'rules', name);
    if (theirs !== null) expect(theirs.ok).toBe(true);
  });

  it("agree on Prometheus' own tests of PromQL", async () => {
    const { yaml, count } = promqlTests(vector('promql.txt').text);
    expect(runRuleTests([{ path: 'promql.yaml', text: yaml }], findRuleFiles)).toEqual({
      passed: count,
      failed: 0,
      failures: [],
    });
    // docs/rules.md says how many.
    expect(count).toBe(257);
    const file = path.join(await mkdtemp(path.join(os.tmpdir(), 'warroom-promql-')), 'promql.yaml');
    await writeFile(file, yaml);
    const theirs = await promtool('test', 'rules', file);
    await rm(path.dirname(file), { recursive: true });
    if (theirs !== null) expect([theirs.ok, theirs.text]).toEqual([true, expect.stringContaining('SUCCESS')]);
  });

  it('answers in the shape the contract gives', () => {
    const { passed, failed, failures } = runRuleTests([vector('wrong.fails.yaml')], findRuleFiles);
    expect({ passed, failed }).toEqual({ passed: 0, failed: 10 });
    expect(Object.keys(failures[0] ?? {})).toEqual(['file', 'test', 'evalTime', 'alert', 'expected', 'got']);
    const early = failures.find(({ alert, evalTime }) => alert === 'Down' && evalTime === '8m');
    expect(early).toMatchObject({ test: '#1', expected: [], got: [{}] });
  });

  it('fails when a rule file is missing or has faults', () => {
    const text = 'rule_files: [none.yaml]\ntests: []\n';
    const missing = runRuleTests([{ path: path.join(dir, 'x.yaml'), text }], findRuleFiles);
    expect(missing.failures.map(({ got }) => got)).toEqual([
      expect.stringContaining('no rule file matches "none.yaml"'),
    ]);
    const bad = runRuleTests([{ path: 'x.yaml', text }], () => [
      { path: 'r.yaml', text: 'groups: [{name: a, rules: [{}]}]' },
    ]);
    expect(bad.failures.map(({ got }) => got)).toEqual([
      'r.yaml:1:28: "alert" is missing',
      'r.yaml:1:28: "expr" is missing',
    ]);
  });
});
