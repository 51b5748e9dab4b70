/** What `docker` says of containers, as words and without a shell; what would go on for ever is asked once. */
import { StepRefusal, type ObserveStep } from '../native/step.ts';
import { bindWord } from '../runner/bind.ts';
import { DOCKER_COMMANDS } from '../step-check.ts';
import { runStepCommand } from './command.ts';

const ENDLESS = /^(?:-f|--follow(?:=.*)?|-[a-z]*f[a-z]*)$/;

export const docker: ObserveStep = async (context) => {
  const { step, params } = context;
  const [name = '', ...rest] = step.text
    .trim()
    .split(/\s+/)
    .map((word) => bindWord(word, params));
  const at = name === 'docker' ? rest[0] : name;
  const args = name === 'docker' ? rest.slice(1) : rest;
  if (at === undefined || !DOCKER_COMMANDS.includes(at))
    throw new StepRefusal('docker steps are stats, ps, top, logs and inspect');
  if (at === 'logs' && args.some((word) => ENDLESS.test(word)))
    throw new StepRefusal('docker logs with -f never ends: leave -f out');
  const bounded =
    at === 'stats'
      ? ['--no-stream']
      : at === 'logs' && !args.some((word) => word.startsWith('--tail'))
        ? ['--tail', '500']
        : [];
  const { PATH, HOME, DOCKER_HOST, DOCKER_CONFIG, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY } = process.env;
  const env = { PATH, HOME, DOCKER_HOST, DOCKER_CONFIG, DOCKER_CERT_PATH, DOCKER_TLS_VERIFY };
  return runStepCommand({ file: 'docker', args: [at, ...bounded, ...args], env, cwd: null }, context);
};
