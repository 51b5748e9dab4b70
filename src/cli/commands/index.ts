/** Every command of the shell, one line each, loaded when it is used. `open` is what `warroom` alone does. */
import type { Command } from '../command.ts';

const from = (load: () => Promise<{ default: Command }>) => async (): Promise<Command> => (await load()).default;

export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  open: from(() => import('./open.ts')),
  join: from(() => import('./join.ts')),
  hub: from(() => import('./hub.ts')),
  invite: from(() => import('./invite.ts')),
  list: from(() => import('./list.ts')),
  show: from(() => import('./show.ts')),
  brief: from(() => import('./brief.ts')),
  declare: from(() => import('./declare.ts')),
  alerts: from(() => import('./alerts.ts')),
  silence: from(() => import('./silence.ts')),
  unsilence: from(() => import('./unsilence.ts')),
  ack: from(() => import('./ack.ts')),
  note: from(() => import('./note.ts')),
  amend: from(() => import('./amend.ts')),
  retract: from(() => import('./retract.ts')),
  pin: from(() => import('./pin.ts')),
  sev: from(() => import('./sev.ts')),
  advise: from(() => import('./advise.ts')),
  status: from(() => import('./status.ts')),
  update: from(() => import('./update.ts')),
  role: from(() => import('./role.ts')),
  release: from(() => import('./release.ts')),
  handover: from(() => import('./handover.ts')),
  accept: from(() => import('./accept.ts')),
  decline: from(() => import('./decline.ts')),
  tail: from(() => import('./tail.ts')),
  verify: from(() => import('./verify.ts')),
  check: from(() => import('./check.ts')),
  probe: from(() => import('./probe.ts')),
  rules: from(() => import('./rules.ts')),
};
