/** What is not known is not "no": before the hub has answered, and while it is away, nothing is denied. */
import { describe, expect, test } from 'vitest';
import { compose } from '../../src/console/dispatch.ts';
import { unconnected, type View } from '../../src/console/view.ts';
import { NOW, Typist, viewOf } from './support.ts';

const connecting = unconnected({ me: 'bob', zone: 'utc', now: NOW, mono: 10_000 });
const lost: View = { ...connecting, link: { ...connecting.link, state: 'lost' } };

/** What is said to somebody who types `line`. */
const said = (view: View, line: string): string => new Typist(view).type(line).press('enter').ui.notice?.text ?? '';

describe.each([
  ['connecting', connecting, 'not known yet, the hub is being asked: which incident'],
  ['lost', lost, 'not known while the hub does not answer: which incident'],
] as const)('while the link is %s', (_state, view, words) => {
  test.each([
    '/sev 1',
    '/status resolved',
    '/role ic me',
    '/brief',
    '/search pool',
    '/show #3',
    '/list',
    '/ack',
    'a note',
  ])('%s is not answered by "no incident is open"', (line) => {
    expect(said(view, line)).toContain(words);
    expect(said(view, line)).not.toContain('no incident is open');
  });

  test('an incident can be declared: the command is kept and sent later', () => {
    expect(new Typist(view).type('/declare sev 1 checkout is down').press('enter').asked).toMatchObject([
      { kind: 'declare', severity: 'SEV-1' },
    ]);
  });
});

test('a hub that answers knows: no incident is open, or one is that is not shown yet', () => {
  const live = viewOf('bob', []);
  expect(compose('a note', live)).toMatchObject({ text: expect.stringContaining('no incident is open') as string });
  const open = {
    id: 'x',
    title: 'x',
    severity: 'SEV-1',
    status: 'declared',
    drill: false,
  } as View['incidents'][number];
  expect(said({ ...live, incidents: [open] }, '/sev 1')).toContain('/list picks the open one');
});
