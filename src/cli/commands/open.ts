/** `warroom` and `warroom join`: the console, on this machine's hub (started if none runs) or on another one. */
import { hubUrl } from '../address.ts';
import { isName, nameRule } from '../../incident/person-name.ts';
import { UsageError, zoneOf, type CliCommand, type CliContext } from '../command.ts';
import { dataDir, myName, request } from '../paths.ts';

export const open: CliCommand = {
  usage: '',
  about: "open the console; starts this machine's hub when none runs",
  run: (context) => openConsole(context),
};

interface Opening {
  /** Closes the console, too. */
  readonly ends?: Promise<unknown>;
  /** Shown at once. */
  readonly news?: string;
}

export async function openConsole(context: CliContext, { ends, news }: Opening = {}): Promise<number> {
  if (context.json) throw new UsageError('the console speaks no JSON; "warroom show --json" and "warroom tail" do');
  const me = myName(context);
  if (!isName(me)) throw new UsageError(`${nameRule('a name')} (--as NAME)`);
  const { startConsole } = await import('../../console/start.ts');
  return startConsole({
    ...lookOf(context),
    me,
    dataDir: dataDir(context),
    notify: async () => (await import('../../config/config.ts')).loadNotify(request(context)),
    /** Called after the first frame, because it is slow. */
    connect: async () => {
      const attached = await (await import('../attach.ts')).attach(context, me);
      return news === undefined ? attached : { ...attached, troubles: [...attached.troubles, news] };
    },
    ...(ends !== undefined && { ends }),
  });
}

/** How any console looks, and how it copies. */
export const lookOf = (context: CliContext) => ({
  env: context.env,
  zone: zoneOf(context),
  plain: context.on('plain'),
  ascii: context.on('ascii'),
  color: !context.on('no-color'),
  theme: context.text('theme'),
  clipboard: async () => (await import('../../config/config.ts')).loadClipboard(request(context)),
});

export const join: CliCommand = {
  usage: 'join URL [--as NAME] [--token T]',
  about: 'open the console on another hub',
  words: 1,
  run(context) {
    const [url] = context.args;
    if (url === undefined) throw context.wrong('say where the hub is');
    const { href } = hubUrl(url);
    return open.run({ ...context, args: [], text: (name) => (name === 'hub' ? href : context.text(name)) });
  },
};
