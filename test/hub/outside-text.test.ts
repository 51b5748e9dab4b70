/** Pure parts of what comes in from Slack, PagerDuty and links: signatures, text, names. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AcknowledgeLinks, ACKNOWLEDGE_PATH, type AcknowledgeLink } from '../../src/hub/acknowledge-links.ts';
import { signatureFault } from '../../src/hub/signatures.ts';
import { readSlashCommand, slackText } from '../../src/hub/slack-text.ts';
import { isActorName, isName, outsiderName } from '../../src/incident/person-name.ts';
import fc from '../support/property.ts';

describe('signatures', () => {
  // The example of Slack's own page "Verifying requests from Slack".
  const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
  const BODY = Buffer.from(
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
  );
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  const AT = 1_531_420_618_000;

  test('Slack: the documented example is taken, for five minutes, with that secret and these bytes only', () => {
    expect(signatureFault('slack', headers, BODY, SECRET, AT)).toBeNull();
    expect(signatureFault('slack', headers, BODY, SECRET, AT + 300_000)).toBeNull();
    expect(signatureFault('slack', headers, BODY, SECRET, AT + 301_000)).toContain('5 minutes');
    expect(signatureFault('slack', headers, BODY, SECRET, AT - 301_000)).toContain('5 minutes');
    expect(signatureFault('slack', headers, BODY, 'another', AT)).toContain('not made with the secret');
    expect(signatureFault('slack', headers, Buffer.concat([BODY, Buffer.from('&')]), SECRET, AT)).toContain(
      'not made with the secret',
    );
    expect(signatureFault('slack', {}, BODY, SECRET, AT)).toContain('not signed');
    // The time is part of what is signed.
    const later = { ...headers, 'x-slack-request-timestamp': '1531420619' };
    expect(signatureFault('slack', later, BODY, SECRET, AT)).toContain('not made with the secret');
    expect(
      signatureFault('slack', { ...headers, 'x-slack-request-timestamp': '1e99' }, BODY, SECRET, AT),
    ).not.toBeNull();
  });

  test('PagerDuty: one of several signatures is enough, as while a secret is replaced', () => {
    const body = Buffer.from('{"event":{}}');
    const sign = (secret: string): string => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const shown = (value: string) => signatureFault('pagerduty', { 'x-pagerduty-signature': value }, body, 'new', AT);
    expect(shown(sign('new'))).toBeNull();
    expect(shown(`${sign('old')},${sign('new')}`)).toBeNull();
    expect(shown(`${sign('old')}, v1=`)).toContain('not made with the secret');
    expect(shown(sign('new').replace('v1', 'v2'))).toContain('not made with the secret');
    expect(shown('')).toContain('not signed');
    expect(
      signatureFault('pagerduty', { 'x-pagerduty-signature': sign('new') }, Buffer.from('{}'), 'new', AT),
    ).toContain('not made with the secret');
  });
});

describe('what is typed after /incident', () => {
  const nameOf = (id: string) => (id === 'U01' ? 'ana' : null);
  const read = (text: string) => readSlashCommand(text, nameOf);
  const created = { kind: 'create', severity: 'SEV-1', title: 'checkout is down', another: false };

  test.each([
    'create SEV-1 "checkout is down"',
    'create sev1 checkout is down',
    'CREATE Sev 1: checkout  is\tdown',
    'create SEV\u20111 \u201ccheckout is down\u201d',
    'create SEV\u20131 \u201echeckout is down\u201c',
    'create SEV-1 \u00abcheckout is down\u00bb',
    "create SEV-1 'checkout is down'",
    'create SEV-1 \u2018checkout is down\u2019',
    'create SEV-1 "checkout is down',
    '  create SEV-1"checkout is down"  ',
  ])('%s', (text) => expect(read(text)).toEqual(created));

  test('a title keeps what belongs to it', () => {
    const titleOf = (text: string) => {
      const found = read(`create SEV-0 ${text}`);
      return 'title' in found ? found.title : found;
    };
    expect(titleOf('"db" of the shop is slow')).toBe('"db" of the shop is slow');
    expect(titleOf('"a &lt;b&gt; &amp;amp; c"')).toBe('a <b> &amp; c');
    expect(titleOf('"<https://x.example/a|x.example> fails"')).toBe('https://x.example/a fails');
    expect(titleOf('<@U01|ana.k> and <@U99> and <#C1|general> <!here>')).toBe('@ana and @U99 and #general @here');
    expect(read('create another SEV-1 checkout is down')).toEqual({ ...created, another: true });
  });

  test('a note may name its incident; words that begin like an id stay words', () => {
    const note = (incident: string | null, text: string) => ({ kind: 'note', incident, text });
    expect(read('note 2026-11-27-db-slow \u201crestarted db1\u201d')).toEqual(
      note('2026-11-27-db-slow', 'restarted db1'),
    );
    expect(read('note `2026-11-27-db-slow` restarted')).toEqual(note('2026-11-27-db-slow', 'restarted'));
    expect(read('note 2026 was better')).toEqual(note(null, '2026 was better'));
    expect(read('note he said "no"')).toEqual(note(null, 'he said "no"'));
    expect(read('note first\nsecond')).toEqual(note(null, 'first\nsecond'));
  });

  test('what cannot be done says what would', () => {
    for (const text of [
      'create',
      'create checkout is down',
      'create 3 nodes are down',
      'create SEV-4 x',
      'create SEV-12 x',
    ])
      expect(read(text)).toEqual({ wrong: expect.stringContaining('SEV-0 (critical)') as string });
    expect(read('create SEV-1 ""')).toEqual({ wrong: expect.stringContaining('what is broken') as string });
    expect(read('note 2026-11-27-db-slow')).toEqual({ wrong: expect.stringContaining('what to note') as string });
    expect(read('crate SEV-1 x')).toEqual({ wrong: 'there is no /incident crate; did you mean "create"?' });
    expect(read('')).toEqual({ kind: 'help' });
  });

  test('any text is read, in time that grows with its length; and nothing in an answer is markup', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void read(text)));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[<>]/.test(slackText(text))));
    const begun = performance.now();
    for (const one of ['"', '<', '<@', ' ', 'SEV-1', "'", '`', '&lt;', '<a|']) {
      read(`create SEV-1 ${one.repeat(20_000)}x`);
      read(`note ${one.repeat(20_000)}x`);
    }
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

test('a name from outside is marked, valid, and nobody who is invited can have it', () => {
  expect(outsiderName('Ana Kern', 'PagerDuty')).toBe('Ana Kern (PagerDuty)');
  expect(outsiderName('hub', 'Slack')).toBe('somebody (Slack)');
  expect(outsiderName('\u001b[31m "x" <b>', 'Slack')).toBe('31m x b (Slack)');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const name = outsiderName(text, 'PagerDuty');
      return isActorName(name) && !isName(name) && name.length <= 40;
    }),
  );
  expect(isActorName('ana')).toBe(true);
  expect(isActorName('hub (Slack)')).toBe(false);
  expect(isActorName('ana (Jira)')).toBe(false);
});

describe('links that acknowledge', () => {
  const NOW = 1_764_200_000_000;
  const DAY = 24 * 3_600_000;
  const links = new AcknowledgeLinks('secret of the hub', 'https://war.example/');
  const page: Omit<AcknowledgeLink, 'until'> = {
    page: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    incident: '2026-11-27-db-slow',
    alert: null,
    level: 'L1',
    name: 'ana',
    via: 'email',
  };
  const url = links.url(page, NOW) ?? '';
  const token = url.slice(`https://war.example${ACKNOWLEDGE_PATH}`.length);

  test('say what they were made for, for a day, to the hub that made them', () => {
    expect(url).toMatch(/^https:\/\/war\.example\/v1\/ack\/[\w-]+\.[\w-]+$/);
    expect(links.read(token, NOW)).toEqual({ ...page, until: (NOW + DAY) / 1000 });
    expect(links.read(token, NOW + DAY)).toMatchObject(page);
    expect(links.read(token, NOW + DAY + 1)).toBe('expired');
    expect(new AcknowledgeLinks('another hub', null).read(token, NOW)).toBe('unknown');
    expect(new AcknowledgeLinks('x', null).url(page, NOW)).toBeNull();
  });

  test('any change of one breaks it', () => {
    const [payload = '', mac = ''] = token.split('.');
    const changed = Buffer.from(Buffer.from(payload, 'base64url').toString().replace('ana', 'bob')).toString(
      'base64url',
    );
    for (const forged of [`${changed}.${mac}`, payload, `${payload}.`, `.${mac}`, `${token}.x`, `${token}=`, ''])
      expect(links.read(forged, NOW)).toBe('unknown');
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '-', '.', '\u00e9'), (at, letter) => {
        fc.pre(token[at] !== letter);
        return links.read(token.slice(0, at) + letter + token.slice(at + 1), NOW) === 'unknown';
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => links.read(text, NOW) === 'unknown'));
  });
});
