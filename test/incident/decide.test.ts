import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/incident/command.ts';
import { clocks } from '../../src/incident/clocks.ts';
import { plus } from '../../src/incident/policy.ts';
import { consoleCommand } from '../../src/protocol/command.ts';
import { aliceIsIc, at, declared, given, START, type Step } from './story.ts';

const note = (text: string, more: Partial<Extract<Command, { kind: 'note' }>> = {}): Command => ({
  kind: 'note',
  text,
  ...more,
});
const ic = (name: string, more = {}): Command => ({ kind: 'assign_role', role: 'ic', name, ...more });
const sev = (to: 'SEV-0' | 'SEV-1' | 'SEV-2' | 'SEV-3', more = {}): Command => ({ kind: 'set_severity', to, ...more });
const status = (to: 'investigating' | 'identified' | 'monitoring' | 'resolved' | 'closed' | 'cancelled'): Command => ({
  kind: 'set_status',
  to,
});

describe('declare', () => {
  test('starts the deadlines of its severity from detection', () => {
    const { state } = given(['alice', { kind: 'declare', title: 'db corrupt', severity: 'SEV-0', at: at(-3) }]);
    expect(state.timestamps).toMatchObject({ declaredAt: at(-3), detectedAt: at(-3), acknowledgedAt: null });
    expect(state.deadlines).toEqual({ ackDueAt: at(2), responseDueAt: at(2), updateDueAt: at(15) });
  });
  test.each([
    ['', 'invalid'],
    ['x'.repeat(10_000), 'invalid'],
    ['two\nlines', 'invalid'],
    ['esc \u001b[2J', 'invalid'],
  ])('refuses the title %j', (title, refused) => {
    expect(given().ask('alice', { kind: 'declare', title, severity: 'SEV-1' })).toMatchObject({ refused });
  });
  test('refuses a second declaration and anything before the first', () => {
    expect(given(declared).ask(...declared)).toMatchObject({ refused: 'conflict' });
    expect(given().ask('alice', note('hello'))).toMatchObject({ refused: 'not_found' });
  });
});

describe('acknowledge', () => {
  test('the first one leads; the second is told who was faster', () => {
    const story = given(declared, ['bob', { kind: 'acknowledge' }, 4]);
    expect(story.state.ackedBy).toBe('bob');
    expect(clocks(story.state, START + 600_000).ackMs).toBe(4 * 60_000);
    expect(story.ask('carol', { kind: 'acknowledge' }, 5)).toMatchObject({
      refused: 'conflict',
      reason: expect.stringContaining('bob'),
    });
  });
});

describe('notes', () => {
  test('may be backdated, never into the future', () => {
    const story = given(declared, ['bob', note('it began here', { at: at(-12) }), 5]);
    expect(story.events[1]).toMatchObject({ at: at(-12), recorded: at(5) });
    expect(story.ask('bob', note('soon', { at: at(60) }), 5)).toMatchObject({ refused: 'invalid' });
    expect(story.ask('bob', note('when', { at: 'yesterday' }), 5)).toMatchObject({ refused: 'invalid' });
  });
  test('a question is open until it is answered', () => {
    const asked = given(declared, ['alice', note('what changed?', { form: 'question' }), 2]);
    expect(asked.state.open).toMatchObject([{ seq: 2, form: 'question' }]);
    asked.tell('bob', note('pool size', { re: 2 }), 3);
    expect(asked.state.open).toEqual([]);
  });
  test('an action stays open until somebody says it is done', () => {
    const story = given(declared, ['alice', note('restart it', { form: 'action', to: 'bob' }), 2]);
    story.tell('bob', note('on it', { re: 2 }), 3);
    expect(story.state.open).toHaveLength(1);
    story.tell('bob', note('done', { re: 2, closes: true }), 4);
    expect(story.state.open).toEqual([]);
    story.tell('alice', { kind: 'amend', ref: 2, text: 'restart web-3', why: 'which one' }, 5);
    expect(story.state.done).toMatchObject([{ seq: 2, text: 'restart web-3' }]);
  });
  test('refuse empty and endless texts, unknown references and observers', () => {
    const story = given(declared);
    expect(story.ask('bob', note('  \n '))).toMatchObject({ refused: 'invalid' });
    expect(story.ask('bob', note('x'.repeat(16_001)))).toMatchObject({ refused: 'invalid' });
    expect(story.ask('bob', note('re', { re: 99 }))).toMatchObject({ refused: 'not_found' });
    expect(story.ask('bob', note('hi'), 0, { actor: { name: 'bob', observer: true, via: 'console' } })).toMatchObject({
      refused: 'forbidden',
    });
    expect(story.ask('bo\u001bb', note('hi'))).toMatchObject({ refused: 'invalid' });
  });
  test('a pinned note is two events of one command', () => {
    const story = given(declared, ['bob', note('read this', { pin: true }), 1]);
    expect(story.events.map((event) => event.kind)).toEqual(['declared', 'noted', 'pinned']);
    expect(story.state.annotations[2]?.pinned).toBe(true);
  });
});

describe('severity', () => {
  test('is the commander’s to set', () => {
    const story = given(declared, aliceIsIc);
    expect(story.ask('bob', sev('SEV-1'), 2)).toMatchObject({ refused: 'forbidden' });
    story.tell('alice', sev('SEV-1', { why: '30 % of checkouts' }), 2);
    expect(story.state).toMatchObject({ severity: 'SEV-1', peakSeverity: 'SEV-1' });
    story.tell('alice', sev('SEV-3'), 3);
    expect(story.state).toMatchObject({ severity: 'SEV-3', peakSeverity: 'SEV-1' });
    expect(story.state.deadlines.updateDueAt).toBeNull();
  });
  test('with nobody in command anyone may; once acknowledged, the lead', () => {
    expect(given(declared).ask('bob', sev('SEV-1'))).toMatchObject([{ kind: 'severity_set' }]);
    const led = given(declared, ['bob', { kind: 'acknowledge' }, 1]);
    expect(led.ask('carol', sev('SEV-1'))).toMatchObject({ refused: 'forbidden' });
    expect(led.ask('bob', sev('SEV-1'))).toMatchObject([{ by: { name: 'bob', role: 'lead' } }]);
  });
  test('the slower of two setters is told who was faster', () => {
    const story = given(declared, aliceIsIc, ['alice', sev('SEV-1'), 2]);
    expect(story.ask('alice', sev('SEV-3', { seen: 'SEV-2' }), 3)).toMatchObject({ refused: 'conflict' });
  });
  test('raising keeps the sooner deadline', () => {
    const story = given(declared, ['alice', sev('SEV-1'), 28]);
    expect(story.state.deadlines.ackDueAt).toBe(at(30));
    const early = given(declared, ['alice', sev('SEV-1'), 2]);
    expect(early.state.deadlines.ackDueAt).toBe(at(7));
  });
});

describe('status', () => {
  const path: Step[] = [
    declared,
    aliceIsIc,
    ['alice', status('investigating'), 3],
    ['alice', status('identified'), 15],
    ['alice', status('monitoring'), 30],
    ['alice', status('resolved'), 45],
  ];
  test('sets the milestones', () => {
    const { state } = given(...path);
    expect(state.timestamps).toMatchObject({
      respondedAt: at(1),
      identifiedAt: at(15),
      mitigatedAt: at(30),
      resolvedAt: at(45),
    });
    expect(state.deadlines.updateDueAt).toBeNull();
    expect(state.timestamps.postmortemDueAt).toBeNull();
  });
  test('SEV-0 and SEV-1 owe a postmortem 48 hours later', () => {
    const [first, ...rest] = path;
    const { state } = given(first as Step, ['alice', sev('SEV-1'), 1], ...rest);
    expect(state.timestamps.postmortemDueAt).toBe(at(45 + 48 * 60));
  });
  test('reopening undoes the end', () => {
    const story = given(...path, ['alice', status('closed'), 50], ['alice', status('investigating'), 60]);
    expect(story.state).toMatchObject({ status: 'investigating', timestamps: { resolvedAt: null, closedAt: null } });
    expect(story.state.deadlines.updateDueAt).toBe(at(120));
  });
  test('a closed incident takes notes and nothing else', () => {
    const story = given(...path, ['alice', status('closed'), 50]);
    expect(story.ask('alice', sev('SEV-1'))).toMatchObject({ refused: 'not_now' });
    expect(story.ask('alice', status('resolved'))).toMatchObject({ refused: 'not_now' });
    expect(story.ask('bob', note('for the postmortem'), 51)).toMatchObject([{ kind: 'noted' }]);
  });
  test('only what is resolved can be closed, only what is not can be cancelled', () => {
    expect(given(declared, aliceIsIc).ask('alice', status('closed'))).toMatchObject({ refused: 'not_now' });
    expect(given(...path).ask('alice', status('cancelled'))).toMatchObject({ refused: 'not_now' });
  });
  test('a public text makes the event public and restarts the clock', () => {
    const story = given(declared, aliceIsIc);
    story.tell('alice', { kind: 'set_status', to: 'identified', public: 'We found the cause.' }, 20);
    expect(story.events.at(-1)).toMatchObject({ visibility: 'public' });
    expect(story.state.deadlines.updateDueAt).toBe(at(80));
    expect(story.state.updateSetAt).toBe(at(20));
  });
  test('an update to the public restarts the clock and changes nothing else; IC and COMMS log it', () => {
    const story = given(declared, aliceIsIc, ['alice', { kind: 'assign_role', role: 'comms', name: 'carol' }, 2]);
    const before = story.state;
    const update = { kind: 'update_public', text: 'We are on it.' } as const;
    expect(story.ask('bob', update, 20)).toMatchObject({
      refused: 'forbidden',
      reason: 'only the IC or COMMS tells the public; the IC is alice',
    });
    story.tell('carol', update, 20);
    expect(story.events.at(-1)).toMatchObject({ kind: 'public_updated', level: 'key', visibility: 'public' });
    expect(story.state).toEqual({
      ...before,
      deadlines: { ...before.deadlines, updateDueAt: at(80) },
      updateSetAt: at(20),
      lastPublic: { text: 'We are on it.', at: at(20), by: 'carol' },
      lastWrittenAt: at(20),
      head: before.head + 1,
      recorded: at(20),
    });
    story.tell('alice', { ...update, nextMs: 10 * 60_000 }, 30);
    expect([story.state.deadlines.updateDueAt, story.state.updateSetAt]).toEqual([at(40), at(30)]);
  });
  test('after it is over no further update is due unless one is promised; once closed there is none', () => {
    const story = given(...path, ['alice', { kind: 'update_public', text: 'It is over.' }, 46]);
    expect([story.state.deadlines.updateDueAt, story.state.lastPublic?.text]).toEqual([null, 'It is over.']);
    story.tell('alice', { kind: 'update_public', text: 'Report tomorrow.', nextMs: 24 * 3_600_000 }, 47);
    expect(story.state.deadlines.updateDueAt).toBe(at(47 + 24 * 60));
    story.tell('alice', status('closed'), 50);
    expect(story.ask('alice', { kind: 'update_public', text: 'more' }, 51)).toMatchObject({ refused: 'not_now' });
  });
  test.each([
    { text: ' \n' },
    { text: 'x'.repeat(16_001) },
    { text: 'soon', nextMs: 0 },
    { text: 'soon', nextMs: 1e12 },
  ])('an update that says nothing, too much, or promises too late is refused', (off) => {
    const story = given(declared, aliceIsIc);
    expect(story.ask('alice', { kind: 'update_public', ...off }, 1)).toMatchObject({ refused: 'invalid' });
  });
  test('the clock of the next update counts from when it was set, not from the declaration', () => {
    const { state } = given(declared, ['alice', sev('SEV-1'), 10]);
    expect([state.updateSetAt, state.deadlines.updateDueAt]).toEqual([at(10), at(40)]);
  });
});

describe('roles', () => {
  test('two taking IC in the same instant: one has it, the other is told', () => {
    const story = given(declared, ['alice', ic('alice', { seen: null }), 1]);
    expect(story.ask('bob', ic('bob', { seen: null }), 1)).toMatchObject({
      refused: 'conflict',
      reason: expect.stringContaining('alice'),
    });
    expect(story.ask('bob', ic('bob'), 1)).toMatchObject({ refused: 'conflict' });
  });
  test('handing over is an offer; the old IC stays until it is accepted', () => {
    const story = given(declared, aliceIsIc, ['alice', ic('carol'), 5]);
    expect(story.state).toMatchObject({ roles: { ic: 'alice' }, offer: { name: 'carol', from: 'alice' } });
    expect(story.ask('bob', { kind: 'accept_command' }, 6)).toMatchObject({ refused: 'forbidden' });
    story.tell('carol', { kind: 'accept_command' }, 6);
    expect(story.state).toMatchObject({ roles: { ic: 'carol' }, offer: null });
  });
  test('an offer can be declined, or taken back', () => {
    const offered = [declared, aliceIsIc, ['alice', { kind: 'offer_command', name: 'carol' }, 5]] as Step[];
    for (const who of ['carol', 'alice']) {
      const story = given(...offered, [who, { kind: 'decline_command' }, 6]);
      expect(story.state).toMatchObject({ roles: { ic: 'alice' }, offer: null });
    }
  });
  test('anyone takes over with a reason once the IC’s console is gone for a minute', () => {
    const story = given(declared, aliceIsIc);
    const gone = { icAbsentMs: 60_000 };
    expect(story.ask('bob', ic('bob', { why: 'gone' }), 5)).toMatchObject({ refused: 'conflict' });
    expect(story.ask('bob', ic('bob'), 5, gone)).toMatchObject({ refused: 'invalid' });
    story.tell('bob', ic('bob', { why: 'alice dropped off' }), 5, gone);
    expect(story.state.roles.ic).toBe('bob');
  });
  test('vacant roles are for anyone to take; giving them is for the IC', () => {
    const story = given(declared, aliceIsIc, ['bob', { kind: 'assign_role', role: 'scribe', name: 'bob' }, 2]);
    expect(story.ask('bob', { kind: 'assign_role', role: 'comms', name: 'dan' })).toMatchObject({
      refused: 'forbidden',
    });
    expect(story.ask('carol', { kind: 'assign_role', role: 'scribe', name: 'carol' })).toMatchObject({
      refused: 'conflict',
    });
    story.tell('alice', { kind: 'assign_role', role: 'scribe', name: 'carol' }, 3);
    expect(story.state.roles.scribe).toBe('carol');
    expect(story.ask('bob', { kind: 'release_role', role: 'scribe' })).toMatchObject({ refused: 'forbidden' });
    story.tell('carol', { kind: 'release_role', role: 'scribe' }, 4);
    expect(story.state.roles.scribe).toBeNull();
  });
});

describe('corrections', () => {
  const story = () => given(declared, aliceIsIc, ['bob', note('wrong host'), 2]);
  test('authors amend their own, the IC and the scribe anybody’s', () => {
    const amend: Command = { kind: 'amend', ref: 3, text: 'right host', why: 'typo' };
    expect(story().ask('carol', amend)).toMatchObject({ refused: 'forbidden' });
    for (const who of ['bob', 'alice']) {
      const amended = story();
      amended.tell(who, amend, 3);
      expect(amended.state.annotations[3]?.amends).toMatchObject([{ text: 'right host', by: who, why: 'typo' }]);
      expect(amended.events[2]).toMatchObject({ data: { text: 'wrong host' } });
    }
  });
  test('automatic entries stay as they were written', () => {
    expect(story().ask('alice', { kind: 'amend', ref: 2, text: 'x', why: 'y' })).toMatchObject({
      refused: 'forbidden',
    });
    expect(story().ask('alice', { kind: 'retract', ref: 1, why: 'y' })).toMatchObject({ refused: 'forbidden' });
  });
  test('a retraction says why, happens once, and closes what was open', () => {
    const asked = given(declared, ['bob', note('who?', { form: 'question' }), 1]);
    expect(asked.ask('bob', { kind: 'retract', ref: 2, why: ' ' })).toMatchObject({ refused: 'invalid' });
    asked.tell('bob', { kind: 'retract', ref: 2, why: 'answered above' }, 2);
    expect(asked.state.open).toEqual([]);
    expect(asked.ask('bob', { kind: 'retract', ref: 2, why: 'again' })).toMatchObject({ refused: 'conflict' });
    expect(asked.ask('bob', { kind: 'amend', ref: 2, text: 'x', why: 'y' })).toMatchObject({ refused: 'conflict' });
  });
  test('pins are set once and taken off again', () => {
    const pinned = story();
    pinned.tell('carol', { kind: 'pin', ref: 3 }, 3);
    expect(pinned.ask('carol', { kind: 'pin', ref: 3 })).toMatchObject({ refused: 'conflict' });
    pinned.tell('carol', { kind: 'pin', ref: 3, pinned: false }, 4);
    expect(pinned.state.annotations[3]?.pinned).toBe(false);
    expect(pinned.ask('carol', { kind: 'pin', ref: 77 })).toMatchObject({ refused: 'not_found' });
  });
});

test('nothing that a console sends is read as one of the hub\u2019s own commands: people forge no alerts, pages and steps', () => {
  const alert: Command = {
    kind: 'change_alert',
    alert: 'a',
    rule: 'r',
    from: 'pending',
    to: 'firing',
    severity: 'SEV-1',
    summary: 's',
  };
  const forged: readonly Command[] = [
    alert,
    { kind: 'page', level: 'L2', why: 'x' },
    { kind: 'hold_escalation', level: 'L2', dueAt: at(5) },
    { kind: 'expire_acknowledgement', dueAt: at(5) },
    { kind: 'miss_deadline', what: 'ack', dueAt: at(5) },
    { kind: 'end_objections', ref: 2 },
    { kind: 'start_step', ref: 2, of: 1, batch: 1 },
    { kind: 'verify_step', ref: 2, ok: true, text: 'x' },
  ];
  for (const command of forged) expect(v.is(consoleCommand, command)).toBe(false);
  const story = given(declared);
  story.tell('rules', alert, 1, { actor: { name: 'rules', observer: false, via: 'probe' } });
  expect(story.state.alerts).toMatchObject([{ alert: 'a', state: 'firing' }]);
});

test('a time beyond the calendar is its last moment, and sorts after all others', () => {
  expect(plus(at(0), Number.MAX_SAFE_INTEGER)).toBe('9999-12-31T23:59:59.999Z');
  expect(plus(at(0), 60_000)).toBe(at(1));
});
