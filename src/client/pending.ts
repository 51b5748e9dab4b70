/** Own commands that are not on the record yet, as the screen shows them. */
import type { Pending } from '../../panels/model.ts';
import type { Command } from '../incident/command.ts';
import type { Sending } from './sender.ts';

/** With all that was asked, so that it can be asked again. */
export interface OwnPending extends Pending {
  readonly command: Command;
}

/** An acknowledged one still counts as sent: its entry is on the way. */
export const pendingOf = ({ n, id, at, command, state, reason }: Sending): OwnPending => ({
  n,
  id,
  at,
  command,
  text: wordsOf(command),
  state: state === 'done' ? 'sent' : state,
  ...(reason === undefined ? {} : { reason }),
});

/** What it asks for, in words. */
function wordsOf(command: Command): string {
  switch (command.kind) {
    case 'declare':
      return `declare ${command.severity} ${command.title}`;
    case 'acknowledge':
      return command.alert === undefined ? 'acknowledge' : `acknowledge ${command.alert}`;
    case 'note':
      return command.text;
    case 'set_severity':
      return `severity ${command.to}`;
    case 'set_status':
      return `status ${command.to}${command.public === undefined ? '' : ` PUBLIC: ${command.public}`}`;
    case 'update_public':
      return `PUBLIC: ${command.text}`;
    case 'assign_role':
      return `${command.role}: ${command.name}`;
    case 'release_role':
      return `release ${command.role}`;
    case 'offer_command':
      return `offer command to ${command.name}`;
    case 'accept_command':
      return 'accept command';
    case 'decline_command':
      return 'decline command';
    case 'amend':
      return `amend #${command.ref}${command.text === undefined ? '' : `: ${command.text}`}`;
    case 'retract':
      return `retract #${command.ref}: ${command.why}`;
    case 'pin':
      return `${command.pinned === false ? 'unpin' : 'pin'} #${command.ref}`;
    case 'change_alert':
      return `${command.rule} ${command.to}`;
    case 'mark_change':
      return command.what;
    case 'silence':
      return `silence ${command.matcher}: ${command.why}`;
    case 'unsilence':
      return 'end a silence';
    case 'reload':
      return 'read the configuration again';
    case 'inspect':
      return `look closer at ${command.target}`;
    default:
      return command satisfies never;
  }
}
