/** `warroom invite`: makes a token for a person, lists and revokes invitations. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { findHub } from '../../client/hub-process.ts';
import { elsewhere } from '../../hub/runtime-file.ts';
import { createInvite, isCurrent, readInvites, revoke } from '../../hub/invites.ts';
import { isName } from '../../incident/person-name.ts';
import { DAY } from '../../incident/time.ts';
import { durationOption, EXIT, print, refusalOf, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, madeDataDir, named, settings } from '../paths.ts';
import { confirmed } from '../send-command.ts';

/** How long an invitation lasts: longer than an incident, shorter than a holiday. */
const DEFAULT_MS = 7 * DAY;

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
    const revoked = await revoke(dir, name);
    print(context, { revoked }, [revoked === 0 ? `${name} had no invitation` : `${name}'s invitation is revoked`]);
    return EXIT.ok;
  },
} satisfies CliCommand;

async function invite(context: CliContext, dir: string, name: string): Promise<number> {
  const expiresAt = new Date(Date.now() + (durationOption(context, 'expires') ?? DEFAULT_MS)).toISOString();
  const observer = context.on('observer');
  await mayReplace(context, dir, name);
  const url = await address(context, dir);
  const token = await createInvite(dir, { name, observer, expiresAt });
  const quoted = /^[\w.@-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
  // In the environment, because every user of a machine can see the arguments of a command.
  const line = `WARROOM_TOKEN=${token} warroom join ${url} --as ${quoted}`;
  print(context, { name, observer, token, url, expiresAt, line }, [line]);
  if (context.json) return EXIT.ok;
  context.err(`${observer ? 'reads only; ' : ''}good until ${expiresAt}; it is shown this once`);
  if (/\/\/(?:127\.|localhost|\[::1\])/.test(url))
    context.err('this hub listens on this machine only: they need ssh to here, or a hub started with --listen');
  return EXIT.ok;
}

/** Confirms that a new invitation replaces the current one: by a question on a terminal, else by `--replace`. */
async function mayReplace(context: CliContext, dir: string, name: string): Promise<void> {
  const old = (await readInvites(dir)).find((each) => each.name === name && isCurrent(each, Date.now()));
  if (old === undefined || context.on('replace')) return;
  const what = `${name} is invited already, until ${old.expiresAt ?? 'it is revoked'}; a new invitation ends that one and the consoles they opened with it`;
  const goes = await confirmed(context, `${what}. Replace it?`);
  if (goes === null) throw refusalOf('conflict', `${what}: --replace does so`);
  if (!goes) throw refusalOf('conflict', 'nothing was changed');
}

/** Where invited people find the hub: where it runs, else where the configuration says. */
async function address(context: CliContext, dir: string): Promise<string> {
  const running = await findHub(dir);
  if (running !== null) return running.elsewhere;
  const { listen, tls } = (await settings(context)).hub;
  const cert = tls === null ? null : await readFile(tls.cert, 'utf8');
  return `${cert === null ? 'ws' : 'wss'}://${elsewhere(listen.host, cert, hostname())}:${listen.port}`;
}

async function list(context: CliContext): Promise<number> {
  const now = Date.now();
  const invites = (await readInvites(dataDir(context))).map((each) => {
    const { name, observer, createdAt, expiresAt } = each;
    return { name, observer, createdAt, expiresAt, expired: !isCurrent(each, now) };
  });
  const lines = invites.map(
    ({ name, observer, expiresAt, expired }) =>
      `${name}${observer ? '  reads only' : ''}  ${expired ? 'expired' : 'good until'} ${expiresAt ?? 'it is revoked'}`,
  );
  print(context, invites, invites.length === 0 ? ['nobody is invited'] : lines);
  return EXIT.ok;
}
