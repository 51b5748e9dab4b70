/** Plays every part of a drill, by the commands of the shell, which are what people have too. */
import type { Drill } from '../drills/director.ts';
import type { Script } from '../drills/script.ts';
import { errorMessage } from '../incident/words.ts';
import { Exit } from './command.ts';
import { runCommand } from './run-command.ts';

/** How long a part waits for its moment, ms. */
const PATIENCE_MS = 60_000;
/** Stands for the text that the preview of a step asks for. */
const PREVIEWED = 'PREVIEWED';

interface Place {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
}

/** Why it could not be played to its end; null: it was. */
export async function play(drill: Drill, { play }: Script, place: Place): Promise<string | null> {
  for (const { when, who, run } of play) {
    if (when !== null && !(await drill.wait(when, PATIENCE_MS)))
      return `${who} waited for what never came: ${typeof when === 'string' ? when : `step ${when.step}`}`;
    place.say(`${who}: warroom ${run.join(' ')}`);
    const fault = await act(who, run, place);
    if (fault !== null) return `${who} could not ${run.join(' ')}: ${fault}`;
  }
  return null;
}

async function act(who: string, run: readonly string[], place: Place): Promise<string | null> {
  if (!run.includes(PREVIEWED)) return (await asked(who, run, place)).fault;
  const at = run.indexOf(PREVIEWED);
  const { answer, fault } = await asked(who, [...run.toSpliced(at - 1, 2), '--dry-run'], place);
  if (fault !== null) return fault;
  const { preview } = answer as { readonly preview?: { readonly confirm?: string } };
  return (await asked(who, run.with(at, preview?.confirm ?? ''), place)).fault;
}

async function asked(who: string, run: readonly string[], { dataDir, env }: Place) {
  const { COMMANDS } = await import('./commands/index.ts');
  const [name = '', ...words] = run;
  const command = await (Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.() : undefined);
  if (command === undefined) return { answer: {}, fault: `there is no command "${name}"` };
  let [out, err] = ['', ''];
  const surroundings = {
    env,
    stdout: (text: string | Buffer) => (out += text.toString()),
    stderr: (text: string) => (err += text),
  };
  try {
    const code = await runCommand(command, [...words, '--json', '--as', who, '--data', dataDir], surroundings);
    return { answer: JSON.parse(out) as object, fault: code === 0 ? null : `${out}${err}`.trim() };
  } catch (fault) {
    if (fault instanceof Exit || fault instanceof SyntaxError) return { answer: {}, fault: errorMessage(fault) };
    throw fault;
  }
}
