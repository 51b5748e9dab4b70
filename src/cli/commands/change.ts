/** `warroom change`: something was changed elsewhere: a deploy, a flag, a migration. */
import type { CliCommand } from '../command.ts';
import { myName } from '../paths.ts';
import { fieldsOf, sendCommand } from '../send-command.ts';

export default {
  usage: 'change TEXT [--by NAME] [--link URL] [--at T]',
  about: 'mark a change: a deploy, a flag, a migration; by you unless --by names another',
  run(context) {
    const what = context.args.join(' ');
    if (what.trim() === '') throw context.wrong('say what changed');
    const command = { kind: 'mark_change', what, by: myName(context), ...fieldsOf(context, 'by', 'link') } as const;
    return sendCommand(context, command, `changed: ${what}`);
  },
} satisfies CliCommand;
