/**
 * Slack: with a bot's token each incident gets a channel of its own, which then documents it; with an incoming webhook all
 * go to one channel, and nobody can tell afterwards whether a message arrived.
 */
import * as v from 'valibot';
import { isDigest, MESSAGE_KINDS } from '../../incident/deliveries.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import type { SettingsReader } from '../../probes/settings-reader.ts';
import {
  isSendable,
  readConnection,
  readHttpUrl,
  takesDigests,
  type ConnectionSettings,
} from '../connection-settings.ts';
import { post, type HttpResponse } from '../http.ts';
import { NotDelivered, receiverKind, type Message, type Outcome, type SendContext } from '../receiver.ts';
import { SlackBot, type SlackAccess } from '../slack-api.ts';
import { bodyOf, clipped, headline, clippedLine } from '../wording.ts';

interface BotSettings extends SlackAccess {
  /** For what belongs to no incident; null: that is not told. */
  readonly channel: string | null;
  /** Invited to every channel besides those on call. */
  readonly invite: readonly string[];
}
interface HookSettings extends ConnectionSettings {
  readonly hook: string;
}
type SlackSettings = BotSettings | HookSettings;
type Incident = NonNullable<Message['incident']>;

/** Slack takes 40,000 characters; escaping makes five of one. */
const TEXT_MAX = 7_000;
const TITLE_MAX = 300;
const WHO_MAX = 100;
const TOPIC_MAX = 250;
const IS_THERE: ReadonlySet<string> = new Set(['already_in_channel', 'cant_invite_self']);
/** Refusals that one of several members is the cause of. */
const OF_ONE: ReadonlySet<string> = new Set([
  ...IS_THERE,
  'cant_invite',
  'no_user',
  'ura_max_channels',
  'user_is_bot',
  'user_is_restricted',
  'user_is_ultra_restricted',
  'user_not_found',
]);
/** How many are invited one by one, where inviting all at once is refused. */
const INVITES_MAX = 30;
const USER = /^[UW][A-Z0-9]{1,30}$/;
const isUser = (value: unknown): value is string => typeof value === 'string' && USER.test(value);

export default receiverKind({
  read(settings): SlackSettings {
    const [hook, token] = [settings.secret('url'), settings.secret('token')];
    if (hook !== null && token !== null)
      settings.fault('url', 'give a token, or the url of an incoming webhook, not both');
    return hook === null ? readBot(settings, token) : readHook(settings, hook);
  },
  events: MESSAGE_KINDS.filter((kind) => kind !== 'test' && !isDigest(kind)),
  repeatable: (settings) => !('hook' in settings),
  send: (settings, message, context) =>
    'hook' in settings ? toHook(settings, message, context) : toChannel(settings, message, context),
});

function readHook(settings: SettingsReader, hook: string): HookSettings {
  // The URL is a secret, so no fault repeats it.
  if (!isSendable(hook))
    settings.fault(settings.has('url') ? 'url' : 'url_file', 'url must be a URL that begins with https://');
  return { ...readConnection(settings), hook };
}

function readBot(settings: SettingsReader, token: string | null): BotSettings {
  if (token === null)
    settings.fault('token', '"token" is missing: a bot token (xoxb-…), or the url of an incoming webhook');
  const channel = settings.text('channel', null);
  if (channel !== null && !/^[CG][A-Z0-9]{1,30}$/.test(channel))
    settings.fault('channel', 'channel must be the id of a channel, such as C012AB3CD (in its details in Slack)');
  if (channel === null && takesDigests(settings))
    settings.fault('channel', '"channel" is missing: a digest belongs to no incident and has no channel of its own');
  return {
    ...readConnection(settings),
    token: token ?? '',
    api: readHttpUrl(settings, 'api', 'https://slack.com/api').replace(/\/+$/, ''),
    channel,
    invite: settings.list('invite', isUser, 'ids of members, such as U012AB3CD'),
  };
}

/** Slack reads `<…>` as a link or as a call to everybody in the channel, so nothing of a text may stay one. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const minute = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;

/** What happened, by whom and when. */
function wordsOf(message: Message): string {
  const { kind, at, by, update, page } = message;
  const body = clipped(bodyOf(message), TEXT_MAX);
  if (kind === 'test') return body;
  const who = `${at.slice(11, 16)} UTC ${clippedLine(by, WHO_MAX)}`;
  const until = update?.nextUpdateAt == null ? '' : `\nNext update by ${minute(update.nextUpdateAt)}`;
  if (update !== null) return `${who} told the public (${update.state}):\n${body}${until}`;
  return `${who}: ${body}${page?.acknowledgeUrl == null ? '' : `\nAcknowledge: ${page.acknowledgeUrl}`}`;
}

/** For a channel that is not of one incident. */
const headed = (message: Message): string => `${clippedLine(headline(message), TITLE_MAX)}\n${wordsOf(message)}`;

/** The first message in a channel. */
function summaryOf({ title, severity, status, startedAt, declaredAt, drill }: Incident, url: string | null): string {
  return [
    `${drill ? 'DRILL ' : ''}${severity} ${SEVERITY_NAME[severity]}: ${clippedLine(title, TITLE_MAX)}`,
    `Status: ${status}`,
    `Started: ${minute(startedAt)}`,
    `Declared: ${minute(declaredAt)}`,
    ...(url === null ? [] : [`Record: ${url}`]),
  ].join('\n');
}

function topicOf({ id, title, severity, status, drill }: Incident): string {
  const start = `${drill ? 'DRILL ' : ''}${severity} ${SEVERITY_NAME[severity]}, ${status}: `;
  // The id stays whole: the channel is recognised by it.
  const end = ` (${id})`;
  let words = clippedLine(title, TOPIC_MAX - start.length - end.length);
  while (start.length + escaped(words).length + end.length > TOPIC_MAX) words = clippedLine(words, words.length - 1);
  return start + escaped(words) + end;
}

async function toHook({ hook, ...http }: HookSettings, message: Message, context: SendContext): Promise<Outcome> {
  const text = escaped(headed(message));
  const body = JSON.stringify({ text, mrkdwn: false });
  const word = (refusal: HttpResponse): string => /^[a-z_]{1,60}$/.exec(refusal.body.trim())?.[0] ?? '';
  const answer = await post({ ...http, url: hook, body }, context, word);
  if (word(answer) === 'ok') return { state: 'delivered' };
  return { state: 'in_doubt', error: `${answer.host} answered ${answer.status}, but not "ok" as Slack does` };
}

async function toChannel(settings: BotSettings, message: Message, context: SendContext): Promise<Outcome> {
  const { incident, kind } = message;
  const bot = new SlackBot(settings, context);
  if (incident === null) return toFixedChannel(bot, settings, message, context);
  const { refs } = context;
  const known = refs['channel'];
  const { id: channel, isNew } = known === undefined ? await bot.openChannel(incident.id) : { id: known, isNew: false };
  const notes: string[] = [];
  if (known === undefined || kind === 'severity' || kind === 'status' || kind === 'resolved') {
    const topic = { channel, topic: topicOf(incident) };
    const refusal = await refusalOf(bot.call('conversations.setTopic', topic, v.unknown()));
    if (refusal !== null) notes.push(refusal.message);
  }
  if (known === undefined) notes.push(...(await invite(bot, channel, [...context.onCallSlackIds, ...settings.invite])));
  // What may be there is looked for: who made the channel may have got further than was recorded.
  const mayBeThere = message.again || (known === undefined && !isNew);
  const post = async (id: string, since: string, text: string): Promise<void> => {
    if (mayBeThere && (await isThere(bot, message, { channel, id }, Math.min(Date.parse(since), context.now)))) return;
    await bot.post({ channel, id }, escaped(text));
  };
  if (known === undefined) await post(incident.id, incident.declaredAt, summaryOf(incident, message.url));
  await post(message.id, message.at, wordsOf(message));
  return { state: 'delivered', refs: { channel }, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

async function toFixedChannel(
  bot: SlackBot,
  { channel }: BotSettings,
  message: Message,
  { now }: SendContext,
): Promise<Outcome> {
  if (channel === null) {
    if (message.kind !== 'test')
      return { state: 'failed', error: 'it belongs to no incident: give the channel for such messages as channel:' };
    await bot.call('auth.test', {}, v.unknown());
    return { state: 'delivered', note: 'Slack accepts the token; without channel: there is nowhere to post a test' };
  }
  const { id, at, again } = message;
  if (!again || !(await isThere(bot, message, { channel, id }, Math.min(Date.parse(at), now))))
    await bot.post({ channel, id }, escaped(headed(message)));
  return { state: 'delivered' };
}

/** Whether a message that may have arrived did. Where Slack does not let us look, only a page is sent once more. */
async function isThere(
  bot: SlackBot,
  { kind }: Message,
  sought: Parameters<SlackBot['isPosted']>[0],
  since: number,
): Promise<boolean> {
  try {
    return await bot.isPosted(sought, since);
  } catch (error) {
    if (!(error instanceof NotDelivered) || error.outcome.state !== 'failed') throw error;
    if (kind === 'page') return false;
    throw new NotDelivered({ ...error.outcome, state: 'in_doubt' });
  }
}

/** Why Slack refused what is not the message itself, which is told all the same; null: it did not. */
async function refusalOf(done: Promise<unknown>): Promise<NotDelivered | null> {
  try {
    await done;
    return null;
  } catch (error) {
    if (error instanceof NotDelivered && error.outcome.state === 'failed') return error;
    throw error;
  }
}

/** Invites members by their ids; answers who could not be invited, and why. */
async function invite(bot: SlackBot, channel: string, ids: readonly string[]): Promise<readonly string[]> {
  const wanted = [...new Set(ids)];
  const users = wanted.filter(isUser);
  const notes = wanted.filter((id) => !isUser(id)).map((id) => `${clippedLine(id, 40)} is no id of a member of Slack`);
  const ask = (some: readonly string[]): Promise<NotDelivered | null> =>
    refusalOf(bot.call('conversations.invite', { channel, users: some.join(',') }, v.unknown()));
  const refused = users.length === 0 ? null : await ask(users);
  if (refused === null) return notes;
  if (!OF_ONE.has(refused.code ?? '')) return [...notes, refused.message];
  // Slack refuses all because of one.
  for (const user of users.slice(0, INVITES_MAX)) {
    const refusal = users.length === 1 ? refused : await ask([user]);
    if (refusal !== null && !IS_THERE.has(refusal.code ?? '')) notes.push(`${user}: ${refusal.message}`);
  }
  return notes;
}
