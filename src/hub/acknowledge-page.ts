/** The page behind a link that acknowledges. Opening it changes nothing, so that programs that look at links change nothing. */
import { decodeTime } from 'ulid';
import { isAcknowledged, isEnded } from '../incident/incident.ts';
import { isCalled } from '../incident/paging.ts';
import { withEntities } from '../incident/markup.ts';
import { dateTime } from '../incident/time.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { HUB_STREAM } from '../incident/hub-record.ts';
import { ownValue } from '../incident/topic.ts';
import type { AcknowledgeLink } from './acknowledge-links.ts';
import type { Alerting } from './alerting.ts';
import type { HubCommands } from './hub-commands.ts';
import type { HubParts } from './hub-parts.ts';
import type { HttpAnswer, IncomingRequest } from './http-body.ts';
import { submissionOf, entryAt, type CommandResult } from './submission.ts';

interface AcknowledgePageContext extends HubParts {
  readonly alerting: Alerting;
  readonly hubCommands: HubCommands;
}
/** What a link is about, as it is now. */
interface Sight {
  readonly title: string;
  readonly said: string;
  /** The link can still acknowledge it. */
  readonly isOpen: boolean;
}

const when = (at: Instant): string => dateTime(Date.parse(at), 'utc');

export class AcknowledgePage {
  readonly #context: AcknowledgePageContext;

  constructor(context: AcknowledgePageContext) {
    this.#context = context;
  }

  show({ name }: IncomingRequest): Promise<HttpAnswer> {
    return this.#show(name, (link) => this.#answer(link));
  }

  async press({ name, body }: IncomingRequest): Promise<HttpAnswer> {
    await body(4_096);
    return this.#show(name, (link) => this.#press(link));
  }

  async #show(token: string, answer: (link: AcknowledgeLink) => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const link = this.#context.links.read(token, this.#context.clock.wall());
    if (link === 'unknown')
      return {
        status: 404,
        body: page('This link is not valid', 'It was cut off, or another hub made it. Nothing was acknowledged.'),
      };
    if (link === 'expired')
      return {
        status: 410,
        body: page('This link has expired', 'Nothing was acknowledged. Open the console instead.'),
      };
    return answer(link);
  }

  /** `result`: what pressing the button came to. */
  async #answer(link: AcknowledgeLink, status = 200, result = ''): Promise<HttpAnswer> {
    const { title, said, isOpen } = await this.#look(link);
    return { status, body: page(title, [result, said].filter((each) => each !== '').join('\n'), isOpen ? link : null) };
  }

  async #press(link: AcknowledgeLink): Promise<HttpAnswer> {
    const { isOpen } = await this.#look(link);
    if (!isOpen) return this.#answer(link, 409, 'Nothing was recorded.');
    const result = await this.#acknowledge(link);
    if (!('refused' in result)) return this.#answer(link, 200, 'Done.');
    return this.#answer(link, result.retryAfter === undefined ? 409 : 503, `Nothing was recorded: ${result.reason}.`);
  }

  #acknowledge(link: AcknowledgeLink): Promise<CommandResult> {
    const { rooms, hubCommands } = this.#context;
    const { incident, alert, name, via } = link;
    const submission = <C extends object>(command: C) =>
      submissionOf(this.#context, incident, command, { client: clientOf(link), name, via });
    return alert === null
      ? rooms.execute(incident, submission({ kind: 'acknowledge' }))
      : hubCommands.execute(submission({ kind: 'acknowledge', alert }), null, false);
  }

  async #look(link: AcknowledgeLink): Promise<Sight> {
    const used = await this.#used(link);
    const { alert, incident, name } = link;
    const sight = await (alert === null ? this.#lookAtIncident(incident, name) : this.#lookAtAlert(link, alert));
    if (used === null) return sight;
    const mine = `${link.name} acknowledged it at ${when(used)}, by link.`;
    // What has been said of it since, such as that this acknowledgement expired.
    return {
      ...sight,
      isOpen: false,
      said: sight.isOpen ? `${mine}\nNobody is on it any more: open the console, or use a newer message.` : mine,
    };
  }

  /** When the link acknowledged; null: it has not. */
  async #used(link: AcknowledgeLink): Promise<Instant | null> {
    const stream = link.incident ?? HUB_STREAM;
    const store = link.incident === null ? this.#context.hubStore : this.#context.store;
    const found = await store.origin(stream, clientOf(link), 1);
    return found === undefined ? null : ((await entryAt(store, stream, found.seq))?.at ?? null);
  }

  async #lookAtIncident(incident: string | null, name: string): Promise<Sight> {
    const state = (await this.#context.rooms.load(incident ?? ''))?.state;
    if (state === undefined) return { title: incident ?? '', said: 'This hub does not have it.', isOpen: false };
    const { severity, status, ackedBy, timestamps, paging } = state;
    const title = `${state.drill ? 'DRILL ' : ''}${severity} ${state.title ?? ''}`;
    if (isEnded(state)) return { title, said: `It is ${status}.`, isOpen: false };
    const { acknowledgedAt } = timestamps;
    if (!isAcknowledged(state) || acknowledgedAt === null)
      return { title, said: 'Nobody has acknowledged it.', isOpen: true };
    const said = `${ackedBy ?? 'somebody'} acknowledged it at ${when(acknowledgedAt)}.`;
    return { title, said, isOpen: isCalled(paging, name) };
  }

  /** Once an incident has the alert, it counts who is on that. */
  async #lookAtAlert({ name, page }: AcknowledgeLink, alert: string): Promise<Sight> {
    const { alerting, record, clock } = this.#context;
    const firing = alerting.firing(alert);
    if ('refused' in firing) return { title: alert, said: 'The alert is over.', isOpen: false };
    const title = `${firing.severity} ${firing.summary}`;
    const firedAt = alerting.firedAt(alert);
    if (firedAt !== undefined && decodeTime(page) < Date.parse(firedAt)) {
      const said = `The alert was over, and fires again since ${when(firedAt)}: use a newer message.`;
      return { title, said, isOpen: false };
    }
    const ack = ownValue(record.state.acknowledgements, alert);
    if (ack !== undefined && Date.parse(ack.until) > clock.wall())
      return { title, said: `${ack.by} acknowledged it at ${when(ack.at)}.`, isOpen: false };
    const home = alerting.home(alert);
    if (home !== null) return this.#lookAtIncident(home, name);
    return { title, said: 'Nobody has acknowledged it.', isOpen: true };
  }
}

/** The same for all links of one page: it is acknowledged once. */
const clientOf = ({ page }: AcknowledgeLink): string => `link ${page}`;

/** `link`: shows the button that acknowledges. */
function page(title: string, text: string, link: AcknowledgeLink | null = null): string {
  const button =
    link === null
      ? ''
      : `<form method="post"><button>Acknowledge as ${withEntities(link.name)}</button></form>
<p><small>${withEntities(link.level)} was paged. Acknowledging says that ${withEntities(link.name)} is on it.</small></p>`;
  return plainHtmlPage(title, text.split('\n'), button);
}

/** Plain pages for people outside: no script, nothing loaded, readable on a phone. */
const STYLE =
  ':root{color-scheme:light dark}body{font:1.2rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}h1{font-size:1.4rem}button{font:inherit;font-weight:600;width:100%;padding:1rem;border:0;border-radius:.5rem;background:#b42318;color:#fff}small{opacity:.8}';

/** `rest`: HTML below the lines of text. */
const plainHtmlPage = (title: string, lines: readonly string[], rest = ''): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow"><title>warroom</title><style>${STYLE}</style></head>
<body><main><h1><bdi>${withEntities(title)}</bdi></h1>
${lines.map((line) => `<p>${withEntities(line)}</p>`).join('\n')}
${rest}</main></body></html>
`;

/** Where links in messages lead: what is told of incidents is told in consoles. */
export const FRONT_PAGE = plainHtmlPage('This is the hub of a war room', [
  'Incidents are followed in a terminal: warroom join, with the invitation you were sent.',
]);
