/** Values stay values, and secrets stay secret, however they are cut into parts. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { bindHeader, bindShell, bindSql, bindUrl, bindWord } from '../../src/runbooks/runner/bind.ts';
import { maskable, masked, Output } from '../../src/runbooks/runner/output.ts';
import fc from '../support/property.ts';

const odd = fc.string({ unit: fc.constantFrom(...'ab \'"`$(){};&|<>\\\n#*?!~=%é€'), minLength: 1, maxLength: 12 });

test('a shell prints a value as it is, in every kind of quotes, and runs nothing of it', () => {
  fc.assert(
    fc.property(odd, odd, (a, b) => {
      const { text, env } = bindShell(
        `printf '%s\\0' \${{a}} "\${{a}}" '\${{a}}' "x\${{b}}y" <b> "$a" # it's \${{a}}\nprintf '%s' "\${{a}}"`,
        { a, b },
      );
      const printed = execFileSync('sh', ['-c', text], { env: { PATH: process.env['PATH'], ...env } }).toString();
      expect(printed.split('\0')).toEqual([a, a, a, `x${b}y`, b, a, a]);
    }),
    { numRuns: 40 },
  );
});

test('in SQL a value has a number, in a command it is a word, in a URL it is encoded, in a header it has one line', () => {
  const params = { a: `x' OR 1=1 --`, b: 'h\r\nSet-Cookie: x' };
  expect(bindSql('SELECT ${{a}}, ${{ b }}, ${{a}}', params)).toEqual({
    text: 'SELECT $1, $2, $1',
    values: [params.a, params.b],
  });
  expect(bindWord('k:${{a}}', params)).toBe(`k:${params.a}`);
  expect(bindUrl('https://x/?q=${{b}}', params)).toBe('https://x/?q=h%0D%0ASet-Cookie%3A%20x');
  expect(bindUrl('${{u}}/path', { u: 'https://x' })).toBe('https://x/path');
  expect(bindHeader('Bearer ${{b}}', params)).toBeNull();
});

test('a secret that arrives in pieces is masked as a whole', async () => {
  const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n${'LEAK\n'.repeat(300)}-----END RSA PRIVATE KEY-----`;
  const given = maskable(['first LEAK1\nsecond LEAK2']);
  const base64 = Buffer.from('first LEAK1\nsecond LEAK2\n').toString('base64');
  const text = `x\n${key}\nbearer LEAKaaaaLEAKbbbb\n${'y '.repeat(5000)}eyJLEAKLEAKLEAK.LEAKLEAK.LEAK first LEAK1\nsecond LEAK2\nend ${base64}\n`;
  for (const size of [1, 7, 1000, 5000, 9000]) {
    let sent = '';
    const output = new Output({ secrets: given, most: 1e6, send: async (part) => void (sent += part) });
    for (let at = 0; at < text.length; at += size) await output.write(text.slice(at, at + size));
    await output.end();
    expect(sent, `in parts of ${size}`).not.toMatch(/LEAK|TEVBS/);
    expect(sent).toContain('end ');
  }
});

test('a secret is masked wherever the output is cut', async () => {
  const secrets = maskable(['s3cr3t/π"q', 'abcd']);
  const part = fc.constantFrom(
    's3cr3t/π"q',
    'abcd',
    'x',
    '\n',
    ' ',
    encodeURIComponent('s3cr3t/π"q'),
    'y'.repeat(5_000),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 12 }), fc.integer({ min: 1, max: 700 }), async (parts, size) => {
      let sent = '';
      const output = new Output({ secrets, most: 1e6, send: async (text) => void (sent += text) });
      const whole = Buffer.from(parts.join(''));
      for (let at = 0; at < whole.length; at += size) await output.write(whole.subarray(at, at + size));
      await output.end();
      for (const secret of secrets) expect(sent).not.toContain(secret);
      expect(sent).toBe(masked(whole.toString(), secrets));
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['redis://user:hunter22@host/0', 'redis://user:•••@host/0'],
  ['Authorization: Basic dXNlcjpwYXNz', 'Authorization: •••'],
  ['curl -H "authorization: Bearer abc.def.ghi" x', 'curl -H "authorization: •••" x'],
  ['DB_PASSWORD=hunter22 and more', 'DB_PASSWORD=••• and more'],
  ['{"api_key":"0123456789","n":1}', '{"api_key":"•••","n":1}'],
  ['key AKIAIOSFODNN7EXAMPLE.', 'key •••.'],
  ['token ghp_0123456789012345678901234567890123456', 'token •••'],
  ['jwt eyJhbGciOiJI.eyJzdWIiOiIx.abc-def', 'jwt •••'],
  ['tokens per second: 12', 'tokens per second: 12'],
  ['PWD=/var/lib', 'PWD=/var/lib'],
])('%s', (text, shown) => {
  expect(masked(text, [])).toBe(shown);
});

test('no text takes long to be looked through', () => {
  for (const text of [
    'password='.repeat(9_000),
    'a://'.repeat(20_000),
    'eyJa.'.repeat(15_000),
    'token'.repeat(16_000),
  ]) {
    const began = performance.now();
    masked(text, []);
    expect(performance.now() - began).toBeLessThan(1_000);
  }
});

test('no more than the bound is sent, and what is left out is counted to the byte', async () => {
  let sent = '';
  const output = new Output({ secrets: [], most: 10_000, send: async (text) => void (sent += text) });
  for (let n = 0; n < 100; n++) await output.write(Buffer.from('é'.repeat(499) + '\n'));
  await output.end();
  const [, dropped = ''] = /\[([\d,]+) bytes: more were printed/.exec(sent) ?? [];
  expect(Buffer.byteLength(sent.replace(/\n\[[^]*$/, ''))).toBeLessThanOrEqual(10_000);
  expect(Number(dropped.replaceAll(',', ''))).toBeGreaterThan(89_000);
});
