/** Every command of the shell, loaded when it is used. `open` is `warroom` without a command. */
import type { CliCommand } from '../command.ts';

type Loader = () => Promise<CliCommand>;

const from = <N extends string>(
  load: () => Promise<Readonly<Record<N, CliCommand>>>,
  ...names: readonly N[]
): Readonly<Record<string, Loader>> =>
  Object.fromEntries(names.map((name): [string, Loader] => [name, async () => (await load())[name]]));

/** The only command of a module. */
const only =
  (load: () => Promise<{ readonly default: CliCommand }>): Loader =>
  async () =>
    (await load()).default;

export const COMMANDS: Readonly<Record<string, Loader>> = {
  ...from(() => import('./open.ts'), 'open', 'join'),
  hub: only(() => import('./hub.ts')),
  invite: only(() => import('./invite.ts')),
  intake: only(() => import('./intake.ts')),
  ...from(() => import('./show.ts'), 'list', 'show', 'next'),
  brief: async () => (await import('./show.ts')).briefCommand,
  declare: async () => (await import('./declare.ts')).declare,
  advise: async () => (await import('./declare.ts')).adviseCommand,
  ...from(() => import('./alerts.ts'), 'alerts', 'silence', 'unsilence'),
  oncall: only(() => import('./oncall.ts')),
  ...from(() => import('./response.ts'), 'ack', 'sev', 'status', 'escalate', 'snooze'),
  ...from(() => import('./response.ts'), 'role', 'release', 'handover', 'accept', 'decline', 'rollcall'),
  ...from(() => import('./note.ts'), 'note', 'amend', 'retract', 'pin'),
  update: only(() => import('./update.ts')),
  ...from(() => import('./triage.ts'), 'triage', 'change'),
  ...from(() => import('./decision.ts'), 'decision', 'agree', 'object'),
  trace: only(() => import('./trace.ts')),
  ...from(() => import('./relate.ts'), 'link', 'merge'),
  ...from(() => import('./deliveries.ts'), 'deliveries', 'deliver'),
  tail: async () => (await import('./tail.ts')).tail,
  export: async () => (await import('./record.ts')).exporting,
  import: async () => (await import('./record.ts')).importing,
  archive: only(() => import('./archive.ts')),
  replay: async () => (await import('./replay.ts')).replay,
  verify: only(() => import('./verify.ts')),
  postmortem: only(() => import('./postmortem.ts')),
  actions: only(() => import('./actions.ts')),
  kpi: only(() => import('./kpi.ts')),
  digest: only(() => import('./digest.ts')),
  check: only(() => import('./check.ts')),
  probe: only(() => import('./probe.ts')),
  rules: only(() => import('./rules.ts')),
  runbook: only(() => import('./runbook.ts')),
  drill: only(() => import('./drill.ts')),
};
