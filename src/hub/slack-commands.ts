/** `POST /v1/slack/commands`: what people type after `/incident` in Slack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { duplicateInWords, duplicateOf } from '../incident/duplicate.ts';
import { isName, outsiderName } from '../incident/person-name.ts';
import { TEXT_LIMITS } from '../incident/shapes.ts';
import { errorMessage } from '../incident/words.ts';
import type { HubParts } from './hub-parts.ts';
import { HttpRefusal, textBody, type HttpAnswer, type IncomingRequest } from './http-body.ts';
import type { Rooms } from './rooms.ts';
import { signedBody } from './signatures.ts';
import { CREATE_USAGE, NOTE_USAGE, readSlashCommand, slackText, type SlashCommand } from './slack-text.ts';
import { submissionOf, type CommandResult } from './submission.ts';

/** One command, and who typed it. */
interface Typed {
  readonly command: SlashCommand;
  readonly name: string;
  readonly channel: string;
  /** The same for a request that is sent again. */
  readonly client: string;
}
/** `isShared`: the whole channel sees it. */
interface Reply {
  readonly text: string;
  readonly isShared?: true;
}
type Kind<K> = Extract<SlashCommand, { kind: K }>;

/** Slack shows a failure to the person after 3 s. */
const ANSWER_MS = 2_300;
/** Slack takes about 3,000 characters of text from a person. */
const MOST_BYTES = 64 * 1024;

export class SlackCommands {
  readonly #context: HubParts;
  /** One after the other, so that two people who declare the same at once are told of each other. */
  #creating: Promise<unknown> = Promise.resolve();

  constructor(context: HubParts) {
    this.#context = context;
  }

  async take(request: IncomingRequest): Promise<HttpAnswer> {
    const form = new URLSearchParams(textBody(await signedBody('slack', request, this.#context, MOST_BYTES)));
    // Slack looks whether somebody answers.
    if (form.has('ssl_check')) return { status: 200, body: {} };
    const typed = this.#typed(form, String(request.headers['x-slack-signature']));
    const done = this.#reply(typed).catch((error: unknown): Reply => {
      this.#context.onBug(error);
      return { text: `It failed, which is a fault of the hub: ${errorMessage(error)}. It may be recorded or not.` };
    });
    const { text, isShared } = await Promise.race([done, sleep(ANSWER_MS, LATE, { ref: false })]);
    return { status: 200, body: { response_type: isShared ? 'in_channel' : 'ephemeral', text } };
  }

  #typed(form: URLSearchParams, signature: string): Typed {
    const { oncall } = this.#context.settings.current;
    const nameOf = (slackId: string): string | null =>
      oncall?.people.find(({ slack }) => slack !== null && slack === slackId)?.name ?? null;
    const [id, handle, text] = ['user_id', 'user_name', 'text'].map((key) => form.get(key)?.trim() ?? '');
    if (!id) throw new HttpRefusal(400, 'the request does not say who typed it (user_id)');
    return {
      command: readSlashCommand(text ?? '', nameOf),
      name: nameOf(id) ?? this.#stranger(handle || id),
      channel: form.get('channel_id') ?? '',
      client: `slack ${signature.slice('v0='.length)}`,
    };
  }

  /** People choose their name in Slack: one that somebody has here could be another person. */
  #stranger(handle: string): string {
    const wanted = handle.toLowerCase();
    const isTaken = this.#context.knownNames().some((name) => name.toLowerCase() === wanted);
    return isName(handle) && !isTaken ? handle : outsiderName(handle, 'Slack');
  }

  #reply({ command, ...typed }: Typed): Promise<Reply> {
    if ('wrong' in command) return Promise.resolve({ text: `Nothing was done: ${slackText(command.wrong)}` });
    if (command.kind === 'help') return Promise.resolve({ text: this.#help() });
    if (command.kind === 'note') return this.#note(command, typed);
    const created = this.#creating.then(() => this.#create(command, typed));
    this.#creating = created.catch(() => {});
    return created;
  }

  async #create({ severity, title, another }: Kind<'create'>, typed: Omit<Typed, 'command'>): Promise<Reply> {
    const { rooms, store, clock } = this.#context;
    const now = clock.wall();
    const isRepeated = (await store.createdBy(typed.client, 1)) !== undefined;
    const same = isRepeated || another ? null : duplicateOf({ title, home: null }, rooms.summaries(), now);
    if (same !== null) {
      const known = `${slackText(duplicateInWords(same, now))}: \`${same.id}\`.`;
      return {
        text: `Nothing was declared: ${known} Write there with \`/incident note ${same.id} …\`, or declare another one with \`/incident create another ${severity} …\``,
      };
    }
    const result = await this.#execute(null, { kind: 'declare', title, severity }, typed);
    if (!('event' in result)) return notDone('declared', result);
    const { incident } = result.event;
    return {
      text: `${slackText(typed.name)} declared *${severity} ${slackText(title)}*: \`${incident}\`. Note what happens with \`/incident note …\``,
      isShared: true,
    };
  }

  async #note({ incident, text }: Kind<'note'>, typed: Omit<Typed, 'command'>): Promise<Reply> {
    if (text.length > TEXT_LIMITS.text)
      return { text: `Nothing was noted: a note has at most ${TEXT_LIMITS.text} characters.` };
    const open = this.#context.rooms.open().map(({ state }) => state);
    const here = open.filter(({ deliveries }) =>
      Object.values(deliveries.refs).some(({ channel }) => channel === typed.channel),
    );
    // In the channel of an incident its id is not needed.
    const [only, other] = here.length === 1 ? here : open;
    if (incident === null && only === undefined)
      return { text: `Nothing was noted: no incident is open. Declare one with \`${CREATE_USAGE}\`` };
    if (incident === null && other !== undefined)
      return {
        text: `Nothing was noted: ${open.length} incidents are open. Say which: \`${NOTE_USAGE}\`\n${this.#list()}`,
      };
    const id = incident ?? only?.id ?? '';
    const result = await this.#execute(id, { kind: 'note', text }, typed);
    if (!('event' in result)) return notDone('noted', result);
    return { text: `Noted as #${result.event.seq} of \`${id}\` by ${slackText(typed.name)}.` };
  }

  #execute(
    incident: string | null,
    command: Parameters<Rooms['execute']>[1]['command'],
    { name, client }: Omit<Typed, 'command'>,
  ): Promise<CommandResult> {
    const sender = { client, name, via: 'slack' } as const;
    return this.#context.rooms.execute(incident, submissionOf(this.#context, incident, command, sender));
  }

  #help(): string {
    return [
      `\`${CREATE_USAGE}\` declares an incident: SEV-0 critical, SEV-1 high, SEV-2 medium, SEV-3 low`,
      `\`${NOTE_USAGE}\` writes into its timeline; the id is needed only while several are open`,
      this.#list(),
    ].join('\n');
  }

  #list(): string {
    const open = this.#context.rooms.open();
    const lines = open
      .slice(0, LISTED)
      .map(
        ({ id, state }) =>
          `• \`${id}\` ${state.severity} ${slackText(state.title ?? '')}${state.drill ? ' (drill)' : ''}`,
      );
    const more = open.length > LISTED ? [`and ${open.length - LISTED} more`] : [];
    return open.length === 0 ? 'No incident is open.' : ['Open:', ...lines, ...more].join('\n');
  }
}

const LISTED = 20;

const LATE: Reply = {
  text: 'The hub has not confirmed it yet: it may still be recorded. Look at `/incident help` or the console before you send it again.',
};

function notDone(what: string, result: CommandResult): Reply {
  const reason = 'refused' in result ? result.reason : 'it was not recorded';
  return { text: `Nothing was ${what}: ${slackText(reason)}` };
}
