/** `warroom silence`: keep quiet about alerts for a while. */
import { matcherOf } from '../../console/alert-selection.ts';
import { parseDuration } from '../../incident/time.ts';
import type { ConsoleCommand as Asked } from '../../protocol/command.ts';
import { UsageError, type Command } from '../command.ts';
import { alertsOf } from '../queries.ts';
import type { Session } from '../session.ts';
import { askHub, whyOption } from '../send-command.ts';

type Silence = Extract<Asked, { kind: 'silence' }>;

const usage = 'silence MATCHER --for 2h --why TEXT';

export default {
  name: 'silence',
  usage,
  about: 'keep quiet about alerts; MATCHER is an alert’s id, a rule’s name, or {target="cache"}',
  options: { for: { type: 'string' }, why: { type: 'string' } },
  async run(context) {
    const text = context.args.join(' ').trim();
    if (text === '')
      throw new UsageError(`say which alerts, such as '{target="cache"}' or a rule's name\nusage: warroom ${usage}`);
    const given = context.text('for') ?? '';
    const ms = parseDuration(given);
    if (ms === null || ms === 0)
      throw new UsageError(
        given === ''
          ? `say for how long: --for 2h\nusage: warroom ${usage}`
          : `--for takes a duration such as 30m, 2h or 1h30m, not "${given}"`,
      );
    const why = whyOption(context, usage);
    const build = async (session: Session): Promise<Silence> => ({
      kind: 'silence',
      matcher: matcherOf(text, (await alertsOf(session)).alerts),
      why,
      until: new Date(session.client.now() + ms).toISOString(),
    });
    return askHub(context, build, `silenced ${text} for ${given}`);
  },
} satisfies Command;
