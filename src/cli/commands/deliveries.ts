/** `warroom deliveries`, `warroom deliver`: what is on its way to the outside, a test, and once more. */
import { deliveryInWords, isMissing } from '../../incident/deliveries.ts';
import { spanInWords } from '../../incident/time.ts';
import type { DeliveryView } from '../../protocol/messages.ts';
import { oneLine } from '../../terminal/text.ts';
import { Exit, EXIT, print, refusalOf, UsageError, type CliCommand } from '../command.ts';
import { deliveriesOf } from '../queries.ts';
import { report, send } from '../send-command.ts';
import { readingSession, writingNow, type Session } from '../session.ts';
import { until } from '../../client/until.ts';

/** How long `deliver` waits for what becomes of it, ms. */
const WAIT_MS = 20_000;

export const deliveries: CliCommand = {
  usage: 'deliveries [--all]',
  about: 'what is on its way to the outside, and what failed; with --all the delivered ones too',
  run: (context) =>
    readingSession(context, async (session) => {
      const now = session.client.now();
      const all = await deliveriesOf(session);
      const shown = context.on('all') ? all : all.filter((one) => one.state === 'waiting' || isMissing(one, now));
      print(
        context,
        shown.map(jsonOf),
        shown.map((one) => lineOf(one, now)),
      );
      if (shown.length === 0 && !context.json) context.err('nothing is on its way, and nothing failed');
    }),
};

export const deliver: CliCommand = {
  usage: 'deliver test RECEIVER | again ID | done ID',
  about: 'send a marked test to a receiver; or once more what failed; or say that it got there',
  words: 2,
  run(context) {
    const [what, name] = context.args;
    const kind = Object.hasOwn(COMMANDS, what ?? '') ? COMMANDS[what ?? ''] : undefined;
    if (kind === undefined || name === undefined) throw context.wrong();
    return writingNow(context, 'sent', async (session) => {
      const before = kind === 'test_delivery' ? null : named(await deliveriesOf(session), name);
      const command =
        kind === 'test_delivery' || before === null
          ? ({ kind: 'test_delivery', receiver: name } as const)
          : ({ kind, id: before.id } as const);
      const told = await send(session, command, before?.incident ?? null);
      if (!('done' in told)) return report(context, told, '');
      const found = await outcome(session, before?.id ?? told.id, before?.settledAt ?? '');
      if (found === null) throw new Exit(EXIT.unreachable, 'the hub does not say what became of it');
      print(context, jsonOf(found), [lineOf(found, session.client.now())]);
      return found.state === 'delivered' ? EXIT.ok : EXIT.faults;
    });
  },
};

const COMMANDS: Readonly<Record<string, 'test_delivery' | 'retry_delivery' | 'confirm_delivery'>> = {
  test: 'test_delivery',
  again: 'retry_delivery',
  done: 'confirm_delivery',
};

/** The delivery with this id, or the only one whose id ends so. */
function named(all: readonly DeliveryView[], ending: string): DeliveryView {
  const found = all.filter(({ id }) => id.endsWith(ending.toUpperCase()));
  if (found.length > 1)
    throw new UsageError(`the ids of ${found.length} deliveries end in "${ending}"; write more of it`);
  if (found[0] === undefined)
    throw refusalOf('not_found', `there is no delivery ${ending} (warroom deliveries lists them)`);
  return found[0];
}

/** What became of it after `since`; as it stands where that takes too long. */
async function outcome(session: Session, id: string, since: string): Promise<DeliveryView | null> {
  const { client } = session;
  const find = (): DeliveryView | undefined => client.view.deliveries?.find((one) => one.id === id);
  const settled = (): DeliveryView | null => {
    const found = find();
    return found !== undefined && (found.settledAt ?? '') > since ? found : null;
  };
  return (await until(client, settled, WAIT_MS)) ?? find() ?? null;
}

const jsonOf = (delivery: DeliveryView): object => {
  const { id, receiver, kind, incident, state, attempts, lastError = null, at, retryAt = null, note = null } = delivery;
  const what = deliveryInWords(delivery);
  return { id, receiver, kind, incident, what, state, attempts, lastError, at, retryAt, note };
};

/** `failed    pd  page L1  2026-11-23-db  12s ago, 3 attempts: pd.example answered 404  01J…` */
function lineOf(delivery: DeliveryView, now: number): string {
  const { id, receiver, incident, state, attempts, lastError, at, note } = delivery;
  const tried = attempts > 1 ? `, ${attempts} attempts` : '';
  const why = state === 'delivered' ? note : lastError;
  return [
    state.replace('_', ' ').padEnd(9),
    oneLine(receiver),
    oneLine(deliveryInWords(delivery)),
    ...(incident === null ? [] : [incident]),
    `${spanInWords(now - Date.parse(at))} ago${tried}${why === undefined ? '' : `: ${oneLine(why)}`}`,
    id,
  ].join('  ');
}
