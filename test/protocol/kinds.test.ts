/** The tables of kinds in docs/protocol.md say what the topics say. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { expect, test } from 'vitest';
import type { Shape } from '../../src/incident/topic.ts';
import { INCIDENT } from '../../src/incident/topics/index.ts';

const page = path.join(import.meta.dirname, '../../docs/protocol.md');
const fields = ({ entries }: Shape): string =>
  Object.entries(entries)
    .map(([name, { type }]) => `\`${name}\`${type === 'exact_optional' ? '?' : ''}`)
    .join(' ') || '-';
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const tables = {
  kinds: table(
    ['kind', 'level', 'visibility', 'data', '`kind:`'],
    [...INCIDENT.events].map(([kind, { level = 'normal', visibility = 'internal', shape, finds = [] }]) => [
      `\`${kind}\``,
      level,
      visibility,
      fields(shape),
      finds.join(' '),
    ]),
  ),
  commands: table(
    ['kind', 'fields'],
    [...INCIDENT.commands].flatMap(([kind, { pending, shape }]) =>
      pending === undefined ? [] : [[`\`${kind}\``, fields(shape)]],
    ),
  ),
};

test.each(Object.entries(tables))('the table of %s', async (name, rows) => {
  const text = readFileSync(page, 'utf8');
  const between = new RegExp(`(<!-- ${name} -->)([^]*?)(<!-- /${name} -->)`);
  const wanted = `\n\n${(await format(rows, { parser: 'markdown' })).trim()}\n\n`;
  if (process.env['WARROOM_DOCS'] === 'write') writeFileSync(page, text.replace(between, `$1${wanted}$3`));
  else expect(between.exec(text)?.[2]).toBe(wanted);
});
