/** `warroom unsilence`: end a silence before its time. */
import { UsageError, type Command } from '../command.ts';
import { askHub } from '../send-command.ts';

const usage = 'unsilence ID';

export default {
  name: 'unsilence',
  usage,
  about: 'end a silence; "warroom alerts" lists them with their ids',
  run(context) {
    const [id, ...rest] = context.args;
    if (id === undefined || rest.length > 0) throw new UsageError(`name one silence\nusage: warroom ${usage}`);
    if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(id)) throw new UsageError(`"${id}" is no id of a silence`);
    return askHub(context, () => ({ kind: 'unsilence', id: id.toUpperCase() }), 'the silence has ended');
  },
} satisfies Command;
