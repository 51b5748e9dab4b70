/** `warroom drill`: rehearses, alone, as a team, or by itself; lists drills and their scores. */
import path from 'node:path';
import { CUES } from '../../incident/topics/drill.ts';
import { suggestion } from '../../incident/fuzzy.ts';
import type { Script } from '../../drills/script.ts';
import { EXIT, Exit, print, UsageError, wordOf, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, request } from '../paths.ts';

export default {
  usage: 'drill [NAME | random] [--auto] [--target SERVER=URL]  |  drill join | next | hint | end  |  drill --scores',
  about: 'rehearse on private servers that break on purpose; next, hint, end: of the one that runs',
  words: 1,
  options: {
    target: { type: 'string', multiple: true },
    listen: { type: 'string' },
    insecure: { type: 'boolean' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
  },
  async run(context) {
    const [name] = context.args;
    const place = path.join(dataDir(context), 'drills');
    const inside = insideDrill(context, place);
    if (context.on('scores')) return (await import('../drill-scores.ts')).scores(context, place);
    const cue = wordOf(CUES, name);
    if (cue !== undefined) {
      const { sendCommand } = await import('../send-command.ts');
      return sendCommand(inside, { kind: 'cue_drill', cue }, `asked for: ${cue}`);
    }
    if (name === 'join') {
      const { runningHub } = await import('../../client/hub-process.ts');
      const isThere = (await runningHub(place)) !== null;
      if (!isThere) throw new Exit(EXIT.unreachable, 'no drill runs here: warroom drill NAME');
      return (await import('../drill-run.ts')).joinDrill(context, inside);
    }
    const { configDir, shippedDir } = await import('../../config/config.ts');
    const own = path.resolve(configDir(request(context)));
    const dirs = [...new Set([own, shippedDir()])];
    const { drillNames } = await import('../../drills/script.ts');
    const names = drillNames(dirs);
    if (name === undefined) return listed(context, names, dirs);
    const picked = name === 'random' ? (names[Math.floor(Math.random() * names.length)] ?? name) : name;
    const script = await scriptOf(picked, names, dirs);
    if (context.json && !context.on('auto'))
      throw new UsageError('the console of a drill speaks no JSON; --auto plays every part, and prints the score');
    const { runDrill } = await import('../drill-run.ts');
    return runDrill(context, script, { inside, dataDir: place, configDir: own });
  },
} satisfies CliCommand;

/** As a command of the drill's hub, whatever hub the environment names. */
function insideDrill(context: CliContext, place: string): CliContext {
  const { WARROOM_HUB: _, WARROOM_TOKEN: __, ...env } = context.env;
  return { ...context, args: [], env, text: (name) => (name === 'data' ? place : context.text(name)) };
}

async function scriptOf(name: string, names: readonly string[], dirs: readonly string[]): Promise<Script> {
  const { readScript } = await import('../../drills/script.ts');
  const script = names.includes(name) ? await readScript(name, dirs) : null;
  if (script === null)
    throw new UsageError(`there is no drill "${name}"${suggestion(name, names)}; there are ${names.join(', ')}`);
  if (!('faults' in script)) return script;
  const { formatFault } = await import('../../config/fault.ts');
  throw new Exit(EXIT.faults, script.faults.map(formatFault).join('\n'), undefined, { faults: script.faults });
}

async function listed(context: CliContext, names: readonly string[], dirs: readonly string[]): Promise<number> {
  const scripts = await Promise.all(names.map((name) => scriptOf(name, names, dirs)));
  print(
    context,
    scripts.map(({ name, title, severity, about }) => ({ drill: name, title, severity, about })),
    scripts.flatMap(({ name, title, severity, about }) => [`${name}  ${severity}  ${title}`, `    ${about}`]),
  );
  return EXIT.ok;
}
