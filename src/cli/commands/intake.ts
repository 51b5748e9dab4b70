/** `warroom intake`: which systems may report alerts, heartbeats and changes, each with a token of its own. */
import { findHub } from '../../client/hub-process.ts';
import { newToken } from '../../hub/tokens.ts';
import { INTAKE_NAME, readIntakes } from '../../incident/intake.ts';
import { isoTime } from '../../incident/time.ts';
import { counted } from '../../incident/words.ts';
import type { ConsoleCommand } from '../../protocol/command.ts';
import { hashOf } from '../../protocol/handshake.ts';
import { hubUrl } from '../address.ts';
import { EXIT, print, zoneOf, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, named, readSettings } from '../paths.ts';
import { report, send } from '../send-command.ts';
import { writingNow } from '../session.ts';

export default {
  usage: 'intake add NAME  |  intake list  |  intake revoke NAME',
  about: 'let a system report alerts, heartbeats and changes; each has a token of its own, shown once',
  words: 2,
  run(context) {
    const [what, name] = context.args;
    if (what === 'list' && name === undefined) return list(context);
    if (what !== 'add' && what !== 'revoke') throw context.wrong('add or revoke a system, or list them');
    if (name === undefined || !INTAKE_NAME.test(name))
      throw context.wrong('name the system with letters, digits and . _ -, such as prod-alertmanager');
    if (what === 'add') return add(context, name);
    return asking(context, { kind: 'revoke_intake', name }, (said) => print(context, { name, revoked: true }, [said]));
  },
} satisfies CliCommand;

/** Shows what the hub answers; without a hub nothing is queued. `waits`: what is shown while the hub cannot write. */
const asking = (
  context: CliContext,
  command: ConsoleCommand,
  show: (said: string) => void | Promise<void>,
  waits?: (reason: string) => void | Promise<void>,
): Promise<number> =>
  writingNow(context, 'changed', async (session) => {
    const told = await send(session, command, null);
    if ('queued' in told && waits !== undefined) {
      await waits(told.reason ?? 'it does not answer');
      return EXIT.queued;
    }
    if (!('done' in told)) return report(context, told, '');
    await show(told.done);
    return EXIT.ok;
  });

function add(context: CliContext, name: string): Promise<number> {
  const token = newToken();
  const hash = hashOf(token).toString('hex');
  const show = async (queued: boolean): Promise<void> => {
    const base = await baseUrl(context);
    const url = (at: string): string => `${base}/v1/${at}`;
    const urls = {
      alertmanager: url('alerts/alertmanager'),
      pagerduty: url('alerts/pagerduty'),
      generic: url('alerts/generic'),
      heartbeat: url('heartbeat/NAME?every=5m'),
      changes: url('changes'),
    };
    const rows = Object.entries(urls).map(([what, at]) => `${what.padEnd(13)} ${at}`);
    print(context, { name, token, urls, ...(queued && { queued }) }, [`token         ${token}`, ...rows]);
    if (context.json) return;
    context.err('send the token as "Authorization: Bearer TOKEN"; it is shown this once');
    if (/\/\/(?:127\.|localhost|\[::1\])/.test(base))
      context.err('this hub listens on this machine only: others reach it when it is started with --listen');
  };
  return asking(
    context,
    { kind: 'add_intake', name, hash },
    () => show(false),
    // It is added once the hub can write: nobody could use it without the token.
    async (reason) => {
      await show(true);
      context.err(
        `the hub cannot take it now: ${reason}; kept on this machine, the token works once the hub has taken it`,
      );
    },
  );
}

/** Where others reach the hub: as it was named, else its public address, else where it runs. */
async function baseUrl(context: CliContext): Promise<string> {
  const given = named(context, 'hub', 'WARROOM_HUB');
  const config = given === undefined ? await readSettings(context) : null;
  const own = config !== null && 'hub' in config ? config.hub.publicUrl : null;
  if (own !== null) return own;
  const url = given === undefined ? (await findHub(dataDir(context)))?.elsewhere : hubUrl(given).href;
  return (url ?? '').replace(/^ws/, 'http').replace(/\/+$/, '');
}

const list = (context: CliContext): Promise<number> =>
  asking(context, { kind: 'list_intakes' }, (said) => {
    const known = readIntakes(said);
    const zone = zoneOf(context);
    const lines = known.map(
      ({ name, by, at, firing }) =>
        `${name}  since ${isoTime(Date.parse(at), zone, false)}, by ${by}; ${counted(firing, 'alert')} of it ${firing === 1 ? 'fires' : 'fire'}`,
    );
    print(context, known, known.length === 0 ? ['no system may report anything'] : lines);
  });
