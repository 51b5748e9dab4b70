/** `warroom silence` and `unsilence`: keep quiet about alerts for a while, and end that. */
import { matcherOf } from '../../console/alert-selection.ts';
import { parseDuration } from '../../incident/time.ts';
import type { ConsoleCommand as Asked } from '../../protocol/command.ts';
import { UsageError, type CliCommand } from '../command.ts';
import { alertsOf } from '../queries.ts';
import type { Session } from '../session.ts';
import { askHub, whyOption } from '../send-command.ts';

type Silence = Extract<Asked, { kind: 'silence' }>;

export const silence: CliCommand = {
  usage: 'silence MATCHER --for 2h --why TEXT',
  about: 'keep quiet about alerts; MATCHER is an alert’s id, a rule’s name, or {target="cache"}',
  async run(context) {
    const text = context.args.join(' ').trim();
    if (text === '') throw context.wrong(`say which alerts, such as '{target="cache"}' or a rule's name`);
    const given = context.text('for') ?? '';
    const ms = parseDuration(given);
    if (given === '') throw context.wrong('say for how long: --for 2h');
    if (ms === null || ms === 0)
      throw new UsageError(`--for takes a duration such as 30m, 2h or 1h30m, not "${given}"`);
    const why = whyOption(context);
    const build = async (session: Session): Promise<Silence> => ({
      kind: 'silence',
      matcher: matcherOf(text, (await alertsOf(session)).alerts),
      why,
      until: new Date(session.client.now() + ms).toISOString(),
    });
    return askHub(context, build, `silenced ${text} for ${given}`);
  },
};

export const unsilence: CliCommand = {
  usage: 'unsilence ID',
  about: 'end a silence; "warroom alerts" lists them with their ids',
  run(context) {
    const [id, ...rest] = context.args;
    if (id === undefined || rest.length > 0) throw context.wrong('name one silence');
    if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(id)) throw new UsageError(`"${id}" is no id of a silence`);
    return askHub(context, () => ({ kind: 'unsilence', id: id.toUpperCase() }), 'the silence has ended');
  },
};
