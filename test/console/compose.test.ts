import fc from '../support/property.ts';
import { describe, expect, test } from 'vitest';
import { compose } from '../../src/console/dispatch.ts';
import { dateTime, isoTime } from '../../src/incident/time.ts';
import { viewOf } from './support.ts';

const view = viewOf('bob');
const noteOf = (line: string, at = view) => {
  const composed = compose(line, at);
  return composed.kind === 'command' ? composed.command : composed;
};
const utc = (text: string): string => `2026-11-23T${text}.000Z`;

describe('a typed line', () => {
  test('plain text is a note', () => {
    expect(noteOf('rollback at 40%')).toEqual({ kind: 'note', text: 'rollback at 40%' });
  });

  test('a clock time or a span in front backdates', () => {
    expect(noteOf('12:40 deploy began')).toEqual({ kind: 'note', text: 'deploy began', at: utc('12:40:00') });
    expect(noteOf('-5m saw it')).toEqual({ kind: 'note', text: 'saw it', at: utc('13:00:15') });
    expect(noteOf('-1h30m first page')).toMatchObject({ at: utc('11:35:15') });
  });

  test('23:58 typed at 00:03 is yesterday', () => {
    const night = { ...view, now: Date.UTC(2026, 10, 24, 0, 3) };
    expect(noteOf('23:58 it began', night)).toMatchObject({ at: utc('23:58:00') });
  });

  test('a time that has not come yet is not guessed at', () => {
    expect(compose('15:00 restart planned', view)).toMatchObject({ kind: 'trouble' });
    expect(noteOf(' 15:00 restart planned')).toEqual({ kind: 'note', text: '15:00 restart planned' });
  });

  test('what only looks like a time or a reply is text', () => {
    for (const text of ['-5 degrees', '2000 users', '14:02', '#38', '3:2 for us', '-m x', '- item', '100% gone'])
      expect(noteOf(text)).toEqual({ kind: 'note', text });
  });

  test('what looks like a time and is none is asked about', () => {
    for (const text of ['25:00 nonsense', '12:75 x', '13:05 PM lunch', '29.10.2025 19:23 deploy', '-5min saw it'])
      expect(compose(text, view), text).toMatchObject({ kind: 'trouble' });
    expect(noteOf(' 25:00 nonsense')).toEqual({ kind: 'note', text: '25:00 nonsense' });
  });

  test('! pins, # replies, in any order with a time', () => {
    expect(noteOf('!look here')).toEqual({ kind: 'note', text: 'look here', pin: true });
    expect(noteOf('#5 yes')).toEqual({ kind: 'note', text: 'yes', re: 5 });
    expect(noteOf('re #5: yes')).toEqual({ kind: 'note', text: 'yes', re: 5 });
    expect(noteOf('!12:40 #5 yes')).toEqual({ kind: 'note', text: 'yes', pin: true, re: 5, at: utc('12:40:00') });
  });

  test('// logs a slash', () => {
    expect(noteOf('//etc/hosts was empty')).toEqual({ kind: 'note', text: '/etc/hosts was empty' });
  });

  test('/name is an action with what follows', () => {
    expect(compose('/sev 1 too many errors', view)).toMatchObject({ kind: 'trouble' });
    expect(compose('/sev 1 too many errors', viewOf('alice'))).toMatchObject({
      kind: 'action',
      args: '1 too many errors',
    });
    expect(compose('/D roll back', view)).toMatchObject({ kind: 'action', action: { name: 'decision' } });
    expect(compose('?', view)).toMatchObject({ kind: 'action', action: { name: 'help' } });
  });

  test('whatever is typed, it never throws and a note keeps its words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (line) => {
        const composed = compose(line, view);
        if (composed.kind === 'command' && composed.command.kind === 'note')
          expect(line.replace(/^\//, '')).toContain(composed.command.text);
      }),
      { numRuns: Number(process.env['WARROOM_LONG'] ?? 300) },
    );
  });
});

test('a time as it is read has the day of its zone', () => {
  const before = process.env['TZ'];
  const at = Date.UTC(2026, 10, 23, 21, 2, 11);
  try {
    for (const [zone, local, day] of [
      ['Asia/Kolkata', '2026-11-24T02:32:11+05:30', '2026-11-24 02:32:11 local'],
      ['America/St_Johns', '2026-11-23T17:32:11-03:30', '2026-11-23 17:32:11 local'],
    ] as const) {
      process.env['TZ'] = zone;
      expect([isoTime(at, 'local'), dateTime(at, 'local')]).toEqual([local, day]);
      expect([isoTime(at, 'utc', false), dateTime(at, 'utc')]).toEqual([
        '2026-11-23T21:02Z',
        '2026-11-23 21:02:11 UTC',
      ]);
    }
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
});
