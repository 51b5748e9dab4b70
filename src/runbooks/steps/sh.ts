/** Commands of a shell; only on a hub that allows them. */
import { hostname } from 'node:os';
import { StepRefusal, type MutateStep, type ObserveStep } from '../native/step.ts';
import { bindShell } from '../runner/bind.ts';
import { COMMANDS } from '../runner/task.ts';
import { runStepCommand } from './command.ts';

const SHELLS = ['sh', 'bash', 'zsh', 'dash', 'ksh', 'ash'];
/** Of the hub's environment, which holds secrets. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'KUBECONFIG', 'SSH_AUTH_SOCK'];

export const sh: ObserveStep = async (context) => {
  const { step, params } = context;
  const file = step.interpreter ?? 'sh';
  if (!SHELLS.includes(file)) throw new StepRefusal(`commands run in ${SHELLS.join(', ')}, not in "${file}"`);
  const { text, env } = bindShell(step.text, params);
  const own = Object.fromEntries(
    PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return runStepCommand(
    { file, args: ['-c', text], env: { ...own, TERM: 'dumb', NO_COLOR: '1', ...env }, cwd: step.cwd },
    context,
  );
};

/** Commands that change something: no preview can say what, so the commands themselves are what is confirmed. */
export const shChange: MutateStep = {
  batch: 1,
  preview: async ({ step: { text, undo } }) => ({
    count: 1,
    unit: COMMANDS,
    samples: text.trim().split('\n').slice(0, 10),
    node: hostname(),
    role: null,
    complete: true,
    undo: undo === 'none' ? null : undo,
    irreversible: true,
  }),
  async apply(context) {
    await sh(context);
    return { applied: 1, skipped: 0 };
  },
  verify: async () => ({ state: 'ok', text: '' }),
};
