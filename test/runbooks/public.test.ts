/** Runbooks as teams have them, unchanged: they open, their blocks are told apart, and nothing in them is ever run. */
import path from 'node:path';
import { expect, test } from 'vitest';
import { findRunbook, runbookFor } from '../../src/runbooks/find.ts';
import { readRunbookFile, runbookFiles, singleFile } from '../../src/runbooks/folder.ts';
import { stepsIn } from '../../src/runbooks/runbook.ts';

const fixtures = path.join(import.meta.dirname, '../fixtures');
const read = runbookFiles([fixtures]).map((file) => readRunbookFile(file)!);
const runbooks = read.map(({ runbook }) => runbook);
const shape = (name: string) =>
  readRunbookFile(singleFile(path.join(fixtures, 'runbook-shapes', `${name}.md`)))!.runbook;
const rows = (name: string) =>
  shape(name).steps.map(({ kind, language, text, params, output }) => [kind, language, text, params, output]);

/** `2 promql, 1 sh`, in the order in which they first stand there. */
function languages(name: string): string {
  const counts = new Map<string, number>();
  for (const { language, kind } of runbooks.find((one) => one.name === name)?.steps ?? [])
    counts.set(language ?? kind, (counts.get(language ?? kind) ?? 0) + 1);
  return [...counts].map(([language, count]) => `${count} ${language}`).join(', ');
}

test.each([
  // Without a block, their lists are what there is to do.
  ['cloudnative-pg/CNPGClusterHighConnectionsCritical', '2 note'],
  ['cloudnative-pg/CNPGClusterLogicalReplicationErrors', '8 sh, 2 sql'],
  ['cloudnative-pg/CNPGClusterPhysicalReplicationLag', '5 sh'],
  ['kubernetes-mixin/runbook', '25 note'],
  ['kubevirt/GuestVCPUQueueHighCritical', '2 promql, 1 sh'],
  ['kubevirt/NodeNetworkInterfaceDown', '9 sh'],
  ['kubevirt/VMNonRecoverableOSPanic', '3 sh, 2 promql'],
  ['ministryofjustice/apiversion-changes-hpa-k8s-1-25', '1 sh, 1 yaml'],
  ['openshift/AlertmanagerFailedReload', '1 sh'],
  ['openshift/HighlyAvailableWorkloadIncorrectlySpread', '6 sh'],
  // Their PromQL stands in blocks that say `console`.
  ['openshift/NodeFilesystemSpaceFillingUp', '1 promql, 4 sh'],
  ['openshift/PodDisruptionBudgetAtLimit', '1 promql, 3 sh'],
  ['openshift/etcdDatabaseQuotaLowSpace', '3 sh, 2 promql'],
  ['pagerduty/during_an_incident', '10 note'],
  ['prometheus-operator/NodeFilesystemFilesFillingUp', '1 promql, 1 sh'],
  ['prometheus-operator/PrometheusOperatorNodeLookupErrors', '1 sh'],
  ['prometheus-operator/Watchdog', ''],
  ['prometheus-operator/etcdHighNumberOfFailedGRPCRequests', '1 promql, 1 sh'],
  ['runme/RELATIVE', '3 sh'],
  ['runme/examples', '7 sh, 1 js'],
])('%s has %s', (name, found) => {
  expect(languages(name)).toBe(found);
});

test('there are twenty, each with a title, sections in order and nothing that runs', () => {
  expect(runbooks).toHaveLength(20);
  for (const { title, sections, steps, text, name } of runbooks) {
    expect(title, name).toMatch(/^[A-Za-z][^<]+$/);
    expect(steps.filter(({ isExecutable }) => isExecutable)).toEqual([]);
    expect(new Set(steps.map((step) => step.name)).size).toBe(steps.length);
    for (const { line, endLine } of sections) expect(endLine).toBeGreaterThanOrEqual(line);
    for (const { line } of steps) expect(line).toBeLessThanOrEqual(text.split('\n').length);
  }
});

test('the two that are not closed are faults, and what was swallowed is not copied with the command', () => {
  const faults = read.flatMap(({ faults }) => faults).filter(({ isFault }) => isFault);
  expect(faults.map(({ file, line, message }) => [path.basename(file), line, message])).toEqual([
    ['GuestVCPUQueueHighCritical.md', 22, 'this block is not closed: it takes all that follows'],
    ['PrometheusOperatorNodeLookupErrors.md', 20, 'this block is not closed: it takes all that follows'],
  ]);
  const text = (name: string) => findRunbook(runbooks, name)?.runbook.steps.map((step) => step.text);
  expect(text('PrometheusOperatorNodeLookupErrors')).toEqual([
    'kubelet describe Service -n kube-system -l app.kubernetes.io/managed-by=prometheus-operator\n',
  ]);
  expect(text('GuestVCPUQueueHighCritical')?.[1]).toBe(
    'rate(kubevirt_vmi_cpu_usage_seconds_total{namespace="$NS",name="$VM"}[2m])\n',
  );
});

test('openshift: prompts go, PromQL is none of the shell’s, changes are told', () => {
  expect(rows('01-openshift-style')).toEqual([
    ['note', 'promql', 'node_filesystem_free_bytes\n', [], null],
    [
      'observe',
      'sh',
      'NODE_NAME=<instance label from alert>\noc -n default debug node/$NODE_NAME\nchroot /host\n',
      ['instance label from alert'],
      null,
    ],
    ['mutate', 'sh', 'podman images -q -f dangling=true | xargs --no-run-if-empty podman rmi\n', [], null],
    ['observe', 'sh', 'exit\n', [], null],
  ]);
});

test('prometheus-operator: what a command printed is no command; the front matter is Hugo’s', () => {
  expect(shape('02-prometheus-operator-style')).toMatchObject({ title: 'WidgetDataDisk', severity: null, alerts: [] });
  expect(rows('02-prometheus-operator-style')).toEqual([
    [
      'observe',
      'sh',
      'kubectl -n <namespace> get pods -l app=widget\n',
      ['namespace'],
      'NAME       READY   STATUS\nwidget-0   0/1     CrashLoopBackOff',
    ],
  ]);
  expect(shape('02-prometheus-operator-style').text).not.toContain('paraphrased');
});

test('cloudnative-pg: SQL beside commands; when to escalate', () => {
  const { steps, escalations, sections } = shape('04-cloudnative-pg-style');
  expect(steps.map(({ language, params }) => [language, params])).toEqual([
    ['sh', ['namespace', 'cluster_name']],
    ['sql', []],
  ]);
  expect(escalations).toEqual([{ text: 'Lag above 10 minutes after both steps.', level: null, line: 24 }]);
  expect(sections.map(({ title, level }) => `${level} ${title}`)).toEqual([
    '1 ClusterReplicationLag',
    '2 Description',
    '2 Diagnosis',
    '2 When to escalate',
  ]);
});

test('runme: both of its notations, and its names', () => {
  expect(shape('06-runme-style').steps.map(({ name, kind, language }) => [name, kind, language])).toEqual([
    ['deploy', 'observe', 'sh'],
    ['ask', 'observe', 'sh'],
  ]);
});

test('pagerduty: a file without a block is a checklist', () => {
  expect(rows('07-pagerduty-style').map(([kind, , text]) => [kind, text])).toEqual([
    ['note', 'Announce yourself: "This is NAME, I am the incident commander."'],
    ['note', 'Ask for status. Ask "Are there any strong objections?"'],
    ['note', 'Assign a deputy.'],
  ]);
});

test('an alert finds its file: by name, by the last part of its link, or by its heading in a file of many', () => {
  const found = (runbook: string | null, rule = 'Some Alert') => {
    const one = runbookFor([...runbooks, shape('08-mixin-style')], { rule, runbook });
    return one && [one.runbook.name, one.section?.title ?? null];
  };
  const watchdog = ['prometheus-operator/Watchdog', null];
  expect(found('https://runbooks.prometheus-operator.dev/runbooks/general/watchdog/')).toEqual(watchdog);
  expect(found('https://github.com/x/runbooks/blob/main/alerts/Watchdog.md?plain=1#meaning')).toEqual([
    'prometheus-operator/Watchdog',
    'Meaning',
  ]);
  expect(found('https://example.com/runbooks/Watchdog/README.md')).toEqual(watchdog);
  expect(found('prometheus-operator/Watchdog')).toEqual(watchdog);
  expect(found('Watchdog.md')).toEqual(watchdog);
  expect(found(null, 'Watchdog')).toEqual(watchdog);
  expect(found(null, 'WidgetVersionMismatch')).toEqual(['08-mixin-style', 'Alert Name: "WidgetVersionMismatch"']);
  const mixin =
    'https://github.com/kubernetes-monitoring/kubernetes-mixin/tree/master/runbook.md#alert-name-kubeapidown';
  expect(found(mixin)).toEqual(['kubernetes-mixin/runbook', 'Alert Name: "KubeAPIDown"']);
  expect(found('https://example.com/nothing')).toBeNull();
  expect(found('https://example.com/%E0%A4%A')).toBeNull();
  expect(found('')).toBeNull();

  const { runbook, section } = runbookFor(runbooks, { rule: 'KubeletDown', runbook: mixin.split('#')[0]! })!;
  expect(stepsIn(runbook, section).map(({ text }) => text)).toEqual([
    '*Message*: `Kubelet has disappeared from Prometheus target discovery.`',
    '*Severity*: critical',
    expect.stringContaining('*Runbook*: [Link]'),
  ]);
});
