/** `warroom rules check` and `warroom rules test`: rules and their unit tests, read without a hub. */
import { UsageError, type Command } from '../command.ts';

const usage = 'rules check [FILE…] | rules test FILE…';

export default {
  name: 'rules',
  usage,
  about: 'check alert rules, or run rule unit tests; in the format of promtool test rules',
  async run(context) {
    const [what, ...files] = context.args;
    if (what !== 'check' && what !== 'test')
      throw new UsageError(`rules needs "check" or "test"\nusage: warroom ${usage}`);
    if (what === 'test' && files.length === 0) throw new UsageError('rules test needs at least one file');
    const { rulesCheck, rulesTest } = await import('../checkrules.ts');
    return what === 'test' ? rulesTest(context, files) : rulesCheck(context, files);
  },
} satisfies Command;
