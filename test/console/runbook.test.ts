/** Runbooks on the console: which key does what, what is typed meanwhile, and what nobody means. */
import { expect, test } from 'vitest';
import { drawModal } from '../../src/console/modal-view.ts';
import { overLines } from '../../src/console/over-page.ts';
import type { View } from '../../src/console/view.ts';
import type { Step } from '../incident/story.ts';
import { NOW } from '../support/recorded.ts';
import { CONFIRMED, ID, OBSERVED, PREVIEWED, RUNBOOK, RUNBOOKS, STARTED, TRACE } from './runbook-scene.ts';
import { shown } from './golden.ts';
import { inRoom, seat, withRunbook } from './scenes.ts';
import type { Typist } from './support.ts';

const screen = async ({ ui, view }: Typist): Promise<string> => (await shown(ui, view)).rows().join('\n');
const copied = ({ done }: Typist): readonly string[] =>
  done.flatMap((effect) => (effect.do === 'copy' ? [effect.text] : []));
const questions = ({ done }: Typist) => done.flatMap((effect) => (effect.do === 'ask' ? [effect.about] : []));
const at = (step: string): number => RUNBOOK.steps.findIndex(({ name }) => name === step);
const RUN = { kind: 'run_step', runbook: RUNBOOK.name } as const;

test('F6 lists what is begun and what fires first; Enter opens it at the step that is next', async () => {
  const bob = seat(inRoom(OBSERVED, 'bob'), '80x24').press('f6');
  expect(questions(bob)).toEqual([{ what: 'runbooks', alerts: [] }]);
  bob.hears({ what: 'runbooks', alerts: [] }, RUNBOOKS).wait(200).press('enter');
  expect(questions(bob).at(-1)).toEqual({ what: 'runbook', name: RUNBOOK.name });
  expect(await screen(bob)).toContain('the hub is asked for it');
  bob.hears({ what: 'runbook', name: RUNBOOK.name }, { runbook: RUNBOOK });
  const text = await screen(bob);
  expect(text).toMatch(/1 ✓ memory +930 MB of 1 GB, noeviction +you 03:38/);
  expect(text).toMatch(/> 2 {3}errors +INFO stats/);
});

test('what observes runs with Enter, what changes asks first, and what is for people is copied', () => {
  const bob = withRunbook('80x24', OBSERVED).press('enter');
  expect(bob.asked).toEqual([{ ...RUN, step: 'errors' }]);
  // A step with parameters shows them first; what a person types there is sent.
  const downs = (from: string, to: string): readonly string[] =>
    Array.from({ length: at(to) - at(from) }, () => 'down');
  bob.press(...downs('errors', 'expire-missing'), 'enter').wait(200);
  expect(bob.ui.modal).toMatchObject({ kind: 'form', action: 'run' });
  bob.press('enter');
  expect(bob.asked.at(-1)).toEqual({
    ...RUN,
    step: 'expire-missing',
    params: { pattern: 'presence:user:*', ttl: '60' },
  });
  const reader = withRunbook('80x24', OBSERVED).press(...downs('errors', 'quick-diagnosis-1'), 'enter');
  expect(reader.asked).toEqual([]);
  expect(reader.ui.notice?.text).toContain('does not run from here');
  expect(copied(reader.press('ctrl-y'))).toEqual(['redis-cli --memkeys']);
});

test('a link to a section without steps shows the text of that section', async () => {
  const prevention = RUNBOOK.sections.find(({ anchor }) => anchor === 'prevention')!;
  const at = withRunbook('120x36', OBSERVED).hears(
    { what: 'runbook', name: RUNBOOK.name },
    { runbook: RUNBOOK, anchor: prevention.anchor },
  );
  expect(await screen(at)).toContain('## Prevention');
  const end = RUNBOOK.text.trim().split(' ').at(-1)!;
  at.press('tab', ...Array.from({ length: 20 }, () => 'pagedown' as const));
  const last = await screen(at);
  expect(last).toContain(end);
  // One key back shows, however many went past the end.
  expect(await screen(at.press('up'))).not.toBe(last);
});

test('a secret is not asked for, an answer is taken, and a value with a line break stays what it is', () => {
  const [, , asks] = RUNBOOK.steps;
  const step = (name: string, kind: 'ask' | 'observe' | 'mutate', params: readonly string[]) => ({
    ...asks!,
    name,
    kind,
    params,
    isExecutable: true,
  });
  const param = { default: null, about: '', choices: [], env: null, isNumber: false };
  const runbook = {
    ...RUNBOOK,
    params: [
      { ...RUNBOOK.params[0]!, ...param, name: 'token', isSecret: true },
      { ...RUNBOOK.params[0]!, ...param, name: 'odd', isSecret: false, default: 'a\nb "c" \\n' },
    ],
    steps: [
      step('team', 'ask', []),
      step('look', 'observe', ['token', 'team']),
      step('change', 'mutate', ['token', 'team', 'odd']),
    ],
  };
  const at = (steps: readonly Step[], downs: number): Typist =>
    withRunbook('80x24', steps)
      .hears({ what: 'runbook', name: RUNBOOK.name }, { runbook })
      .press(
        ...Array.from({ length: 20 }, () => 'up' as const),
        ...Array.from({ length: downs }, () => 'down' as const),
        'enter',
      )
      .wait(200);
  const team = {
    kind: 'request_step',
    runbook: RUNBOOK.name,
    step: 'team',
    stepKind: 'ask',
    params: { team: 'db ops' },
  } as const;
  const answered: readonly Step[] = [
    ...OBSERVED,
    ['bob', team, 41, { actor: { name: 'bob', observer: false, via: 'runbook' } }],
  ];
  expect(at(OBSERVED, 1).ui.modal).toMatchObject({ kind: 'form', action: 'run' });
  expect(at(answered, 1).asked).toEqual([{ ...RUN, step: 'look' }]);
  expect(at(answered, 2).press('enter').asked).toEqual([
    { ...RUN, step: 'change', params: { team: 'db ops', odd: 'a\nb "c" \\n' } },
  ]);
});

const rowsOf = ({ ui, view }: Typist): string =>
  drawModal(ui, ui.modal!, view, { cols: 72, rows: 20, ascii: false })
    .lines.map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

test('the last row says what Enter does: a preview that is too old is made again, not confirmed', () => {
  const fresh = withRunbook('80x24', PREVIEWED);
  const foot = (view: View): string => JSON.stringify(overLines(fresh.ui, view, 80, 16)?.at(-2));
  expect(foot(fresh.view)).toContain('Enter confirm ');
  const later = { ...fresh.view, now: fresh.view.now + 3_600_000 };
  expect(foot(later)).toContain('Enter preview again ');
  expect(fresh.sees(later).press('enter').ui.modal).toMatchObject({ kind: 'form', action: 'run' });
});

test('a preview is confirmed by typing what it says; nothing else will do', () => {
  const bob = withRunbook('80x24', PREVIEWED).press('enter').wait(200);
  expect(rowsOf(bob)).toContain('To do it, type cache');
  expect(rowsOf(bob)).not.toContain('optional');
  bob.press('enter');
  expect(bob.asked).toEqual([]);
  expect(bob.ui.modal).toMatchObject({ trouble: 'to confirm, type cache' });
  bob.type('3000').press('enter');
  expect(bob.asked).toEqual([]);
  for (const _ of '3000') bob.press('backspace');
  bob.type('cache').press('enter');
  expect(bob.asked).toEqual([{ kind: 'approve_step', ref: 21, typed: 'cache' }]);
  // The line does the same, and is as strict.
  const typed = seat(inRoom(PREVIEWED, 'bob'), '80x24').type('/confirm #21 3000').press('enter').press('enter');
  expect(typed.asked).toEqual([]);
  expect(seat(inRoom(PREVIEWED, 'bob'), '80x24').type('/confirm cache').press('enter').asked).toEqual(bob.asked);
  const asked = seat(inRoom(PREVIEWED, 'bob'), '80x24').type('/confirm').press('enter').wait(200);
  expect(asked.type('cache').press('enter').asked).toEqual(bob.asked);
  // A number alone is how much, not which step.
  const counted = seat(inRoom(PREVIEWED, 'bob'), '80x24').type('/confirm 3000').press('enter');
  expect(counted.ui.notice?.text).toBe('to confirm, type cache');
});

test('the IC lets it run with one key, and only then: an Escape and a y are none', async () => {
  const approved = [{ kind: 'approve_step', ref: 21 }];
  const alice = seat(inRoom(PREVIEWED, 'alice', { alerts: [] }), '80x24').wait(2_000);
  expect(alice.press('alt-y').asked).toEqual([]);
  alice.wait(2_000).sees(inRoom(CONFIRMED, 'alice', { alerts: [] }));
  expect(await screen(alice)).toMatch(/let #21 run: expire-missing: 3,000 keys on 127\.0\.0\.1\S* · Alt-Y/);
  expect(alice.done.some((effect) => effect.do === 'ring')).toBe(true);
  expect(alice.wait(1_000).press('alt-y').asked).toEqual(approved);
  // While she types, right after a key, or where Esc would close something, the form asks.
  const typing = seat(inRoom(CONFIRMED), '80x24').wait(2_000).type('rolling').press('alt-y');
  expect(typing.asked).toEqual([]);
  expect(typing.ui.modal).toMatchObject({ kind: 'form', action: 'approve' });
  expect(typing.wait(200).press('enter').asked).toEqual(approved);
  expect(typing.draft).toBe('rolling');
  const reading = withRunbook('80x24', CONFIRMED, 'alice').wait(2_000).press('alt-y');
  expect(reading.asked).toEqual([]);
  // Somebody else cannot.
  const bob = seat(inRoom(CONFIRMED, 'bob'), '80x24').wait(2_000).press('alt-y');
  expect(bob.asked).toEqual([]);
  expect(bob.ui.notice?.text).toContain('only the IC');
});

test('what runs is stopped from anywhere; progress and what it prints are seen by all', async () => {
  const outputs = new Map([[21, 'batch 11\nbatch 12 \u001b[2J\n']]);
  const carol = withRunbook('120x36', STARTED, 'carol', { outputs });
  const text = await screen(carol);
  expect(text).toContain('2,400 of 3,000 chang');
  expect(text).toContain('batch 12 \ufffd[2J');
  expect(carol.press('enter').wait(200).press('enter').asked).toEqual([{ kind: 'stop_step', ref: 21 }]);
  const dan = seat(inRoom(STARTED, 'dan'), '80x24').press('alt-x').wait(200).press('tab').type('enough').press('enter');
  expect(dan.asked).toEqual([{ kind: 'stop_step', ref: 21, why: 'enough' }]);
});

test('who comes later sees who did what and when, and that it was done already', async () => {
  const carol = withRunbook('120x36', OBSERVED, 'carol', { now: NOW + 60_000 }).press('up');
  const text = await screen(carol);
  expect(text).toMatch(/already run 5m17s ago by bob: 930 MB of 1 GB, noeviction/);
  expect(text).toContain('maxmemory_policy:noeviction');
});

test('the file that has all of what a step printed is named in full where the room is narrow; what is cut says so', async () => {
  const file = '/var/lib/warroom/runbooks/2026-11-23-redis-memory-is-above-90-percent-in-eu-west/17-memory.txt';
  const steps = OBSERVED.map((step): Step => {
    const [who, command, ...when] = step;
    return 'file' in command ? [who, { ...command, file, output: `used_memory ${'x'.repeat(90)}\nb` }, ...when] : step;
  });
  const text = await screen(withRunbook('80x24', steps).press('up', 'up'));
  expect(text.replaceAll(/[│\s]/g, '')).toContain(file);
  expect(text).not.toMatch(/x{60}/);
});

test('what is typed while a runbook is open is logged, and runs nothing', () => {
  const bob = withRunbook('80x24', OBSERVED).type('it is the pool').press('enter');
  expect(bob.asked).toEqual([{ kind: 'note', text: 'it is the pool' }]);
  expect(bob.press('escape').ui.over).toBeNull();
  expect(bob.press('enter').asked).toHaveLength(1);
});

test('"escalate to" opens its form filled in; a link is filled and copied', () => {
  const steps = RUNBOOK.steps.length;
  const bob = withRunbook('80x24', OBSERVED).press(...Array.from({ length: steps - 1 }, () => 'down'));
  bob.press('enter').wait(200);
  expect(bob.ui.modal).toMatchObject({ kind: 'form', action: 'escalate', chosen: { level: 'L2' } });
  bob.press('enter');
  expect(bob.asked).toMatchObject([
    { kind: 'escalate', level: 'L2', why: expect.stringContaining('Writes still fail') },
  ]);
  bob.press('down', 'down', 'enter');
  const [url] = copied(bob);
  expect(url).toMatch(/^https:\/\/grafana\.example\/d\/redis\?from=\d{13}&to=\d{13}&var-target=cache$/);
});

test('the links of the room: filled for the incident, for an id in an entry, and copied', async () => {
  const links = [
    { name: 'board', url: 'https://grafana.example/d/x?from={from_s}&i={incident}' },
    { name: 'jaeger', url: 'https://jaeger.example/trace/{id}' },
  ];
  const noted: Step = ['bob', { kind: 'note', text: `stuck request ${ID}` }, 42];
  const view = { ...inRoom([...OBSERVED, noted], 'bob'), links };
  const bob = seat(view, '80x24').type('/links').press('enter').wait(200).press('enter');
  expect(copied(bob)[0]).toMatch(/^https:\/\/grafana\.example\/d\/x\?from=\d{10}&i=2026-11-23-test$/);
  const entry = seat(view, '80x24').type('/show').press('enter');
  expect(await screen(entry)).toContain(`jaeger: https://jaeger.example/trace/${ID}`);
  const none = seat({ ...inRoom(OBSERVED, 'bob'), links }, '80x24')
    .type('/links')
    .press('enter')
    .press('down');
  expect(await screen(none)).toContain('not known: id');
});

test('Enter from NEXT opens the runbook of the alert, until a step of it was run', async () => {
  const runbook = (steps: readonly Step[]) => inRoom(steps, 'bob', { alerts: seatAlerts });
  const seatAlerts = withRunbook('80x24', OBSERVED).view.alerts ?? [];
  const before = OBSERVED.slice(0, -4);
  const bob = seat(runbook(before), '120x36');
  bob.press('alt-n').wait(200);
  expect(await screen(bob)).toContain('runbook of Redis Memory >90%');
  while (!/^.*> .*runbook of Redis/m.test(await screen(bob))) bob.press('down');
  bob.press('enter');
  expect(questions(bob)).toEqual([{ what: 'runbook', name: 'redis-memory-full' }]);
  expect(await screen(seat(runbook(OBSERVED), '120x36').press('alt-n'))).not.toContain('runbook of');
});

test('a trace is for who asked; Enter logs it as a finding, and an entry with an id opens it', async () => {
  const noted: Step = ['bob', { kind: 'note', text: `stuck request ${ID}` }, 42];
  const bob = seat(inRoom([...OBSERVED, noted], 'bob'), '80x24')
    .type('/trace')
    .press('enter');
  expect(questions(bob)).toEqual([{ what: 'trace', id: ID }]);
  expect(bob.press('enter').asked).toEqual([]);
  bob.hears({ what: 'trace', id: 'another' }, { trace: TRACE }).hears({ what: 'trace', id: ID }, { trace: TRACE });
  expect(await screen(bob)).toMatch(/03:37:20 pay error: no connection from the pool/);
  bob.wait(200).press('enter');
  expect(bob.asked).toMatchObject([{ kind: 'note', form: 'finding' }]);
  const [finding] = bob.asked;
  if (finding?.kind !== 'note') throw new Error('no note');
  expect(finding.text.split('\n').slice(0, 2)).toEqual([
    `trace ${ID}: 4 lines of web, pay, 2026-11-23 03:37:17 UTC to 03:37:20`,
    expect.stringMatching(/^pay: error: no connection from the pool within 3 s/),
  ]);
  expect(finding.text).toContain('not searched: pay: pay.log is long');
  const entry = seat(inRoom([...OBSERVED, noted], 'bob'), '80x24')
    .type('/show')
    .press('enter')
    .wait(200)
    .press('t');
  expect(questions(entry)).toEqual([{ what: 'trace', id: ID }]);
  const silent = seat(inRoom(OBSERVED, 'bob'), '80x24').type('/trace abc1').press('enter');
  silent.hears({ what: 'trace', id: 'abc1' }, { fault: 'no logs are configured here' });
  expect(await screen(silent)).toContain('no logs are configured here');
  expect(silent.wait(200).press('enter').asked).toEqual([]);
});
