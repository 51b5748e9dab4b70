/** A workspace of Slack: checks each call by the published list of methods, and remembers what it did. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SECRET } from './messages.ts';
import type { ProviderOptions, Reply, Request } from './provider.ts';

interface Method {
  readonly http: string;
  readonly args: Readonly<Record<string, { readonly type: string; readonly required?: boolean }>>;
  readonly ok_required: readonly string[];
  readonly errors: readonly string[];
}
const { methods: METHODS } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../fixtures/schemas/slack-web-api.json'), 'utf8'),
) as { methods: Readonly<Record<string, Method>> };
/** Arguments and errors that Slack has added since the list was archived. */
const SINCE: Readonly<Record<string, Method['args']>> = {
  'chat.postMessage': { metadata: { type: 'object' } },
  'conversations.history': { include_all_metadata: { type: 'boolean' } },
};
const NEWER_ERRORS = ['ratelimited', 'internal_error', 'service_unavailable', 'token_expired', 'something_new'];
/** What the list leaves open: Slack refuses a call without these. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'conversations.create': ['name'],
  'conversations.setTopic': ['channel', 'topic'],
  'conversations.invite': ['channel', 'users'],
  'conversations.history': ['channel'],
  'chat.postMessage': ['text'],
};

export const errorsOf = (method: string): readonly string[] => [...(METHODS[method]?.errors ?? []), ...NEWER_ERRORS];

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly creator: string;
  topic: string;
  readonly members: Set<string>;
  readonly messages: { readonly ts: string; readonly text: string; readonly metadata: unknown }[];
}

export const methodOf = ({ path: asked }: Request): string => /^\/api\/([\w.]+)/.exec(asked)?.[1] ?? asked;

const argsOf = ({ path: asked, json }: Request): Readonly<Record<string, unknown>> =>
  json === undefined
    ? Object.fromEntries(new URL(asked, 'http://slack').searchParams)
    : (json as Readonly<Record<string, unknown>>);

export class SlackWorkspace implements ProviderOptions {
  channels: Channel[] = [];
  /** Members who cannot be invited. */
  strangers: readonly string[] = [];
  /** Calls are carried out even where the answer is lost. */
  losesAnswers = false;
  pageSize = 100;
  readonly #done = new WeakMap<Request, Reply>();
  #time = 1_795_748_370;

  reset(): void {
    this.channels = [];
    this.strangers = [];
    this.losesAnswers = false;
    this.pageSize = 100;
    this.add({ id: 'C0GENERAL', name: 'general', creator: 'U0ADMIN' });
  }

  add(channel: Pick<Channel, 'name' | 'creator'> & Partial<Channel>): Channel {
    const made = { id: `C${this.channels.length}NEW`, topic: '', members: new Set<string>(), messages: [], ...channel };
    this.channels.push(made);
    return made;
  }

  /** The texts of a channel, the oldest first. */
  textsIn(id: string): readonly string[] {
    return this.channels.find((channel) => channel.id === id)?.messages.map(({ text }) => text) ?? [];
  }

  readonly check = (request: Request): readonly string[] => {
    const name = methodOf(request);
    const method = METHODS[name];
    if (method === undefined) return [`no method ${name}`];
    const args = argsOf(request);
    const known = { ...method.args, ...SINCE[name] };
    const { authorization, 'content-type': type } = request.headers;
    const isRight = (value: unknown, { type }: { type: string }): boolean =>
      request.method === 'POST'
        ? typeof value === type || (type === 'integer' && Number.isInteger(value))
        : { integer: /^\d+$/, number: /^\d+\.\d{6}$/, boolean: /^(?:true|false)$/, string: /./ }[type]?.test(
            String(value),
          ) === true;
    const faults = [
      ...(request.method === method.http ? [] : [`${name} is a ${method.http}`]),
      ...(authorization === `Bearer ${SECRET}` ? [] : ['wrong token']),
      ...(request.method === 'GET' || type === 'application/json; charset=utf-8' ? [] : [`content type ${type}`]),
      ...Object.entries(args).flatMap(([key, value]) =>
        known[key] !== undefined && isRight(value, known[key]) ? [] : [`${name}: ${key}=${JSON.stringify(value)}`],
      ),
      ...[...Object.keys(known).filter((key) => known[key]?.required === true), ...(NEEDED[name] ?? [])]
        .filter((key) => !(key in args))
        .map((key) => `${name}: ${key} is missing`),
      ...(name === 'conversations.create' && !/^[a-z0-9_-]{1,80}$/.test(String(args['name'])) ? ['channel name'] : []),
      ...(name === 'conversations.setTopic' && String(args['topic']).length > 250 ? ['topic too long'] : []),
      ...(name === 'chat.postMessage' && String(args['text']).length > 40_000 ? ['text too long'] : []),
      // Nothing of a text may be read as markup: each < and > is escaped, each & begins an entity.
      ...(['text', 'topic'].some((key) => /[<>]|&(?!(?:amp|lt|gt);)/.test(String(args[key] ?? ''))) ? ['markup'] : []),
    ];
    if (this.losesAnswers) this.#done.set(request, this.#answer(name, args));
    return faults;
  };

  readonly good = (request: Request): Reply => {
    const name = methodOf(request);
    const reply = this.#done.get(request) ?? this.#answer(name, argsOf(request));
    const body = reply.body as Readonly<Record<string, unknown>>;
    const missing = body['ok'] === true ? METHODS[name]!.ok_required.filter((key) => !(key in body)) : [];
    if (missing.length > 0) throw new Error(`the workspace answers ${name} without ${missing.join()}`);
    return reply;
  };

  #answer(method: string, args: Readonly<Record<string, unknown>>): Reply {
    const ok = (body: object): Reply => ({ status: 200, body: { ok: true, ...body } });
    const refused = (error: string): Reply => ({ status: 200, body: { ok: false, error } });
    const channel = this.channels.find(({ id }) => id === args['channel']);
    const shown = ({ id, name, creator, topic }: Channel) => ({ id, name, creator, topic: { value: topic } });
    const page = <T>(all: readonly T[]) => {
      const from = Number(args['cursor'] ?? 0);
      const to = from + this.pageSize;
      const next_cursor = to < all.length ? String(to) : '';
      return { items: all.slice(from, to), response_metadata: { next_cursor } };
    };
    switch (method) {
      case 'auth.test':
        return ok({ url: '', team: 'T', user: 'warroom', team_id: 'T1', user_id: 'U0WARROOM' });
      case 'conversations.create': {
        if (this.channels.some(({ name }) => name === args['name'])) return refused('name_taken');
        return ok({ channel: shown(this.add({ name: String(args['name']), creator: 'U0WARROOM' })) });
      }
      case 'conversations.list': {
        const { items, response_metadata } = page(this.channels);
        return ok({ channels: items.map(shown), response_metadata });
      }
    }
    if (channel === undefined) return refused('channel_not_found');
    switch (method) {
      case 'conversations.setTopic':
        channel.topic = String(args['topic']);
        return ok({ channel: shown(channel) });
      case 'conversations.invite': {
        const users = String(args['users']).split(',');
        if (users.some((user) => this.strangers.includes(user))) return refused('user_not_found');
        if (users.some((user) => channel.members.has(user))) return refused('already_in_channel');
        for (const user of users) channel.members.add(user);
        return ok({ channel: shown(channel) });
      }
      case 'chat.postMessage': {
        const message = { ts: `${++this.#time}.000100`, text: String(args['text']), metadata: args['metadata'] };
        channel.messages.push(message);
        return ok({ channel: channel.id, ts: message.ts, message });
      }
      case 'conversations.history': {
        const since = channel.messages.filter(({ ts }) => Number(ts) >= Number(args['oldest'] ?? 0));
        const { items: messages, response_metadata } = page(since.toReversed());
        const has_more = response_metadata.next_cursor !== '';
        return ok({
          messages,
          has_more,
          pin_count: 0,
          channel_actions_ts: null,
          channel_actions_count: 0,
          response_metadata,
        });
      }
      default:
        throw new Error(`the workspace does not know ${method}`);
    }
  }
}
