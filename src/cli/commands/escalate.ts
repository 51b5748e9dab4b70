/** `warroom escalate`, `snooze`: call another level of the route now, or nobody for a while. */
import { ESCALATION_LEVELS } from '../../incident/paging.ts';
import { parseDuration } from '../../incident/time.ts';
import type { CliCommand } from '../command.ts';
import { namedAlert } from '../queries.ts';
import { askHub, fieldsOf, sendCommand, whyOption } from '../send-command.ts';

export const escalate: CliCommand = {
  usage: 'escalate L2|L3|L4 [--why TEXT] [--alert ID]',
  about: 'page a level of the route now, also for an alert; L4 with a reason',
  run(context) {
    const [word, ...rest] = context.args;
    const level = ESCALATION_LEVELS.find((one) => one === word?.toUpperCase());
    if (level === undefined || rest.length > 0) throw context.wrong('levels are L2, L3 and L4, and L1 once more');
    const command = { kind: 'escalate', level, ...fieldsOf(context, 'why') } as const;
    const name = context.text('alert');
    if (name === undefined) return sendCommand(context, command, `paged ${level}`);
    return askHub(
      context,
      async (session) => ({ ...command, alert: (await namedAlert(session, name)).alert }),
      `paged ${level} for ${name}`,
    );
  },
};

export const snooze: CliCommand = {
  usage: 'snooze 30m --why TEXT',
  about: 'call nobody and ask for no update for that long; it is on the record',
  run(context) {
    const [span, ...rest] = context.args;
    const forMs = span === undefined || rest.length > 0 ? null : parseDuration(span);
    if (forMs === null || forMs === 0) throw context.wrong('say for how long: 30m, 2h, 1h30m');
    return sendCommand(context, { kind: 'snooze', forMs, why: whyOption(context) }, `snoozed for ${span}`);
  },
};
