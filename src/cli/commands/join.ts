/** `warroom join`: the console on another hub. */
import { UsageError, type Command } from '../command.ts';
import { hubUrl } from '../address.ts';
import open from './open.ts';

const usage = 'join URL [--as NAME] [--token T]';

export default {
  name: 'join',
  usage,
  about: 'open the console on another hub',
  words: 1,
  run(context) {
    const [url] = context.args;
    if (url === undefined) throw new UsageError(`say where the hub is\nusage: warroom ${usage}`);
    const { href } = hubUrl(url);
    return open.run({
      ...context,
      args: [],
      text: (name) => (name === 'hub' ? href : context.text(name)),
    });
  },
} satisfies Command;
