/** `warroom invite`: a token for a person, and the line they run; who is invited; the end of an invitation. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { findHub } from '../../client/hub-process.ts';
import { elsewhere } from '../../hub/runtime-file.ts';
import { createInvite, isCurrent, readInvites, revoke } from '../../hub/invites.ts';
import { isName } from '../../incident/person-name.ts';
import { parseDuration } from '../../incident/time.ts';
import { EXIT, refusalOf, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, madeDataDir, named } from '../paths.ts';
import { settings } from '../settings.ts';

/** An invitation outlives a long incident, not a holiday. */
const DEFAULT = '7d';

export default {
  usage: 'invite NAME [--observer] [--expires 24h] [--replace]  |  invite NAME --revoke  |  invite --list',
  about: 'make a token for a person and print the line they run; --list says who is invited, --revoke ends it',
  async run(context) {
    if (named(context, 'hub', 'WARROOM_HUB') !== undefined)
      throw new UsageError(
        'invitations are made on the machine of the hub, not for one that --hub or WARROOM_HUB names',
      );
    const name = context.args.join(' ');
    if (context.on('list')) {
      if (name !== '') throw context.wrong('--list takes no name');
      return list(context);
    }
    if (!isName(name)) throw context.wrong(`say whom to invite; letters, digits, space and . _ @ ' -`);
    const dir = await madeDataDir(context, EXIT.refused);
    if (!context.on('revoke')) return invite(context, dir, name);
    const count = await revoke(dir, name);
    if (context.json) context.out(JSON.stringify({ revoked: count }));
    else context.out(count === 0 ? `${name} had no invitation` : `${name}'s invitation is revoked`);
    return EXIT.ok;
  },
} satisfies CliCommand;

async function invite(context: CliContext, dir: string, name: string): Promise<number> {
  const lasts = parseDuration(context.text('expires') ?? DEFAULT);
  if (lasts === null || lasts === 0) throw new UsageError('--expires takes a time like 90m, 24h or 7d');
  const expiresAt = new Date(Date.now() + lasts).toISOString();
  const observer = context.on('observer');
  await mayReplace(context, dir, name);
  const url = await address(context, dir);
  const token = await createInvite(dir, { name, observer, expiresAt });
  const quoted = /^[\w.@-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
  // In the environment, not among the words of the command, which every user of their machine can see.
  const line = `WARROOM_TOKEN=${token} warroom join ${url} --as ${quoted}`;
  if (context.json) context.out(JSON.stringify({ name, observer, token, url, expiresAt, line }));
  else {
    context.out(line);
    context.err(`${observer ? 'reads only; ' : ''}good until ${expiresAt}; it is shown this once`);
    if (/\/\/(?:127\.|localhost|\[::1\])/.test(url))
      context.err('this hub listens on this machine only: they need ssh to here, or a hub started with --listen');
  }
  return EXIT.ok;
}

/** A new invitation ends the one they have, and their consoles with it: on a terminal that is asked, a script says so. */
async function mayReplace(context: CliContext, dir: string, name: string): Promise<void> {
  const old = (await readInvites(dir)).find((each) => each.name === name && isCurrent(each, Date.now()));
  if (old === undefined || context.on('replace')) return;
  const what = `${name} is invited already, until ${old.expiresAt ?? 'it is revoked'}; a new invitation ends that one and the consoles they opened with it`;
  if (context.json || !process.stdin.isTTY || !process.stderr.isTTY)
    throw refusalOf('conflict', `${what}: --replace does so`);
  const ask = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await ask.question(`${what}. Replace it? [y/N] `);
  ask.close();
  if (!/^y(?:es)?$/i.test(answer.trim())) throw refusalOf('conflict', 'nothing was changed');
}

/** Where they will find the hub: the one that runs, else the one the configuration describes. */
async function address(context: CliContext, dir: string): Promise<string> {
  const running = await findHub(dir);
  if (running !== null) return running.elsewhere;
  const { listen, tls } = (await settings(context)).hub;
  const cert = tls === null ? null : await readFile(tls.cert, 'utf8');
  return `${cert === null ? 'ws' : 'wss'}://${elsewhere(listen.host, cert, hostname())}:${listen.port}`;
}

async function list(context: CliContext): Promise<number> {
  const now = Date.now();
  const invites = (await readInvites(dataDir(context))).map((each) => ({
    name: each.name,
    observer: each.observer,
    createdAt: each.createdAt,
    expiresAt: each.expiresAt,
    expired: !isCurrent(each, now),
  }));
  if (context.json) context.out(JSON.stringify(invites));
  else if (invites.length === 0) context.out('nobody is invited');
  for (const { name, observer, expiresAt, expired } of context.json ? [] : invites)
    context.out(
      `${name}${observer ? '  reads only' : ''}  ${expired ? 'expired' : 'good until'} ${expiresAt ?? 'it is revoked'}`,
    );
  return EXIT.ok;
}
