/** `warroom invite`: a token for a person, and the line they run. */
import { mkdir } from 'node:fs/promises';
import { findHub } from '../../client/local.ts';
import { createInvite, revoke } from '../../hub/tokens.ts';
import { isName } from '../../incident/name.ts';
import { parseDuration } from '../../incident/duration.ts';
import { EXIT, UsageError, type Command } from '../command.ts';
import { dataDir } from '../places.ts';
import { settings } from '../settings.ts';

const usage = 'invite NAME [--observer] [--expires 24h] [--revoke]';
/** An invitation outlives a long incident, not a holiday. */
const DEFAULT = '7d';

export default {
  name: 'invite',
  usage,
  about: 'make a token for a person and print the line they run',
  options: { observer: { type: 'boolean' }, expires: { type: 'string' }, revoke: { type: 'boolean' } },
  async run(context) {
    const name = context.args.join(' ');
    if (!isName(name))
      throw new UsageError(`say whom to invite; letters, digits, space and . _ @ ' -\nusage: warroom ${usage}`);
    const dir = dataDir(context);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (context.on('revoke')) {
      const count = await revoke(dir, name);
      if (context.json) context.out(JSON.stringify({ revoked: count }));
      else context.out(count === 0 ? `${name} had no invitation` : `${name}'s invitation is revoked`);
      return EXIT.ok;
    }
    const lasts = parseDuration(context.text('expires') ?? DEFAULT);
    if (lasts === null || lasts === 0) throw new UsageError('--expires takes a time like 90m, 24h or 7d');
    const expiresAt = new Date(Date.now() + lasts).toISOString();
    const observer = context.on('observer');
    const token = await createInvite(dir, { name, observer, expiresAt });
    const running = await findHub(dir);
    const { host, port } = (await settings(context)).hub.listen;
    const url = running?.url ?? `ws://${host}:${port}`;
    const quoted = /^[\w.@-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
    const line = `warroom join ${url} --as ${quoted} --token ${token}`;
    if (context.json) context.out(JSON.stringify({ name, observer, token, url, expiresAt, line }));
    else {
      context.out(line);
      context.err(`${observer ? 'reads only; ' : ''}good until ${expiresAt}; it is shown this once`);
      if (/\/\/(?:127\.|localhost|\[::1\])/.test(url))
        context.err('this hub listens on this machine only: they need ssh to here, or a hub started with --listen');
    }
    return EXIT.ok;
  },
} satisfies Command;
