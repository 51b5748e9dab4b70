/** Slack's Web API: one call, its refusals in words, and the channel of an incident. */
import * as v from 'valibot';
import { type ConnectionSettings } from './connection-settings.ts';
import { afterRequest, jsonResponse, post, type HttpRequest } from './http.ts';
import { NotDelivered, type SendContext } from './receiver.ts';

export interface SlackAccess extends ConnectionSettings {
  /** Where the methods are, without a slash at the end. */
  readonly api: string;
  readonly token: string;
}

/** Methods that change nothing take their arguments in the query; the others take JSON. */
const READS: ReadonlySet<string> = new Set(['auth.test', 'conversations.list', 'conversations.history']);
/** Slack repeats messages in its answers, more than once. */
const ANSWER_MAX = 4 * 1024 * 1024;

const answerShape = v.looseObject({
  ok: v.boolean(),
  error: v.fallback(v.string(), ''),
  needed: v.fallback(v.string(), ''),
});

/** Slack says that it may have been done all the same. */
const UNSURE: ReadonlySet<string> = new Set(['fatal_error', 'internal_error']);
const LATER: ReadonlySet<string> = new Set([
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
]);
const WORDS: Readonly<Record<string, string>> = {
  account_inactive: 'the account of the token is switched off',
  channel_not_found: 'it does not know the channel, or the app is not in it',
  invalid_auth: 'it does not accept the token',
  is_archived: 'the channel is archived',
  missing_scope: 'the token lacks a scope',
  not_authed: 'it does not accept the token',
  not_in_channel: 'the app is not in the channel: invite it',
  restricted_action: 'the workspace does not let the app do this',
  token_expired: 'the token has expired',
  token_revoked: 'the token was revoked',
};

/** A code or scopes, and nothing else that an answer may have there. */
const word = (text: string): string => /^[\w:,.-]{1,80}$/.exec(text)?.[0] ?? '';

const CHANNEL_NAME_MAX = 80;
/** Names that are tried when others took the first. */
const NAMES_MAX = 9;
const PAGES_MAX = 20;

const channelShape = v.object({
  id: v.string(),
  name: v.fallback(v.string(), ''),
  creator: v.fallback(v.string(), ''),
  topic: v.fallback(v.object({ value: v.string() }), { value: '' }),
});
type Channel = v.InferOutput<typeof channelShape>;
const more = v.fallback(v.object({ next_cursor: v.fallback(v.string(), '') }), { next_cursor: '' });

/** The handbook's naming: `incident-2026-11-23-websocket-servers-unreachable`. */
export function channelName(incidentId: string, n = 1): string {
  const suffix = n === 1 ? '' : `-${n}`;
  return `incident-${incidentId}`.slice(0, CHANNEL_NAME_MAX - suffix.length).replace(/-+$/, '') + suffix;
}

/** `2026-11-23-db` is not named where `2026-11-23-db-2` stands. */
const isNamed = (topic: string, incidentId: string): boolean =>
  topic.split(/[^a-z0-9-]+/).some((each) => each === incidentId);

/** Slack's clock and ours may differ, ms. */
const CLOCKS_APART_MS = 300_000;

/** A message in a channel; `id` is ours, which only programs see. */
interface Posted {
  readonly channel: string;
  readonly id: string;
}

/** Slack's Web API, asked as a bot. Everything rejects with NotDelivered. */
export class SlackBot {
  readonly #access: SlackAccess;
  readonly #context: Pick<SendContext, 'signal' | 'now'>;

  constructor(access: SlackAccess, context: Pick<SendContext, 'signal' | 'now'>) {
    this.#access = access;
    this.#context = context;
  }

  /** What Slack answers. */
  async call<S extends v.GenericSchema>(
    method: string,
    args: Readonly<Record<string, unknown>>,
    shape: S,
  ): Promise<v.InferOutput<S>> {
    const isRead = READS.has(method);
    const query = new URLSearchParams(
      Object.entries(args).map(([key, value]): [string, string] => [key, String(value)]),
    );
    const { api, token, ...http } = this.#access;
    const request: HttpRequest = {
      ...http,
      ...(isRead ? { method: 'GET' } : { body: JSON.stringify(args) }),
      url: `${api}/${method}${isRead && query.size > 0 ? `?${query.toString()}` : ''}`,
      headers: {
        authorization: `Bearer ${token}`,
        ...(!isRead && { 'content-type': 'application/json; charset=utf-8' }),
      },
      maxBytes: ANSWER_MAX,
    };
    const answer = await post(request, this.#context);
    const said = `${answer.host}: ${method}`;
    const doubtful = (error: string) => new NotDelivered(afterRequest(request, { state: 'in_doubt', error }));
    const body = v.safeParse(answerShape, jsonResponse(answer));
    if (!body.success) throw doubtful(`${said} was not answered in the way of Slack`);
    if (!body.output.ok) {
      const code = word(body.output.error);
      const needed = word(body.output.needed);
      const error = `${said}: ${WORDS[code] ?? 'refused'} (${code}${needed === '' ? '' : `: ${needed}`})`;
      const state = UNSURE.has(code) ? 'in_doubt' : LATER.has(code) ? 'retry' : 'failed';
      throw new NotDelivered(afterRequest(request, { state, error }), code);
    }
    const parsed = v.safeParse(shape, body.output);
    if (!parsed.success) throw doubtful(`${said}: the answer lacks what was asked for`);
    return parsed.output;
  }

  /** Makes the channel of an incident, or finds the one that was made for it before. */
  async openChannel(incidentId: string): Promise<{ readonly id: string; readonly isNew: boolean }> {
    for (let n = 1; n <= NAMES_MAX; n++) {
      const name = channelName(incidentId, n);
      try {
        const { channel } = await this.call('conversations.create', { name }, v.object({ channel: channelShape }));
        return { id: channel.id, isNew: true };
      } catch (error) {
        if (!(error instanceof NotDelivered) || error.code !== 'name_taken') throw error;
      }
      const found = await this.#findChannel(name);
      if (found === null) continue;
      const { user_id: me } = await this.call('auth.test', {}, v.object({ user_id: v.string() }));
      // Without a topic: what made it ended before it set one.
      const isOurs = found.creator === me && (found.topic.value === '' || isNamed(found.topic.value, incidentId));
      if (isOurs) return { id: found.id, isNew: false };
    }
    const error = `${new URL(this.#access.api).host}: the names ${channelName(incidentId)} to ${channelName(incidentId, NAMES_MAX)} are taken by others`;
    throw new NotDelivered({ state: 'failed', error });
  }

  async #findChannel(name: string): Promise<Channel | null> {
    const shape = v.object({ channels: v.array(channelShape), response_metadata: more });
    const args = { types: 'public_channel', exclude_archived: true, limit: 200 };
    let cursor = '';
    for (let page = 0; page < PAGES_MAX; page++) {
      const asked = { ...args, ...(cursor !== '' && { cursor }) };
      const { channels, response_metadata } = await this.call('conversations.list', asked, shape);
      const found = channels.find((channel) => channel.name === name);
      cursor = response_metadata.next_cursor;
      if (found !== undefined || cursor === '') return found ?? null;
    }
    return null;
  }

  /** Whether a message with our `id` is in the channel; `since`: it was not sent before then. */
  async isPosted({ channel, id }: Posted, since: number): Promise<boolean> {
    const payload = v.object({ event_payload: v.object({ id: v.string() }) });
    const shape = v.object({
      messages: v.array(v.object({ metadata: v.fallback(v.nullable(payload), null) })),
      response_metadata: more,
    });
    const oldest = ((since - CLOCKS_APART_MS) / 1000).toFixed(6);
    const args = { channel, oldest, inclusive: true, include_all_metadata: true, limit: 50 };
    let cursor = '';
    for (let page = 0; page < PAGES_MAX; page++) {
      const asked = { ...args, ...(cursor !== '' && { cursor }) };
      const { messages, response_metadata } = await this.call('conversations.history', asked, shape);
      if (messages.some(({ metadata }) => metadata?.event_payload.id === id)) return true;
      cursor = response_metadata.next_cursor;
      if (cursor === '') return false;
    }
    throw new NotDelivered({ state: 'in_doubt', error: 'too much was written in the channel since: look there' });
  }

  async post({ channel, id }: Posted, text: string): Promise<void> {
    const metadata = { event_type: 'warroom', event_payload: { id } };
    const plain = { mrkdwn: false, link_names: false, unfurl_links: false, unfurl_media: false };
    await this.call('chat.postMessage', { channel, text, ...plain, metadata }, v.unknown());
  }
}
