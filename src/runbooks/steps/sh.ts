/** Commands of a shell; only on a hub that allows them. */
import { StepRefusal } from '../native/step.ts';
import { bindShell } from '../runner/bind.ts';
import { runStepCommand } from './command.ts';
import type { Observe } from './context.ts';

const SHELLS = ['sh', 'bash', 'zsh', 'dash', 'ksh', 'ash'];
/** Of the hub's environment, which holds secrets. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'KUBECONFIG', 'SSH_AUTH_SOCK'];

export const sh: Observe = async (context) => {
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
