/** `warroom`: the console; on this machine's hub, starting one in the background if none runs. */
import { UsageError, type Command } from '../command.ts';

export default {
  name: 'open',
  usage: '',
  about: "open the console; starts this machine's hub when none runs",
  words: 0,
  async run(context) {
    if (context.json) throw new UsageError('the console speaks no JSON; "warroom show --json" and "warroom tail" do');
    const { isName, nameRule } = await import('../../incident/person-name.ts');
    const { myName, dataDir } = await import('../paths.ts');
    const me = myName(context);
    if (!isName(me)) throw new UsageError(`${nameRule('a name')} (--as NAME)`);
    const { startConsole } = await import('../../console/start.ts');
    return startConsole({
      me,
      env: context.env,
      dataDir: dataDir(context),
      zone: context.on('local') ? 'local' : 'utc',
      plain: context.on('plain'),
      ascii: context.on('ascii'),
      color: !context.on('no-color'),
      theme: context.text('theme'),
      clipboard: async () => (await import('../settings.ts')).clipboard(context),
      /** Called after the first frame: the slow part. */
      connect: async () => (await import('../attach.ts')).attach(context, me),
    });
  },
} satisfies Command;
