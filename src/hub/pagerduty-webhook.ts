/** `POST /v1/webhooks/pagerduty`, webhooks v3: what people did there with what this hub had triggered. */
import { hash } from 'node:crypto';
import * as v from 'valibot';
import { isPagerdutyKeyOf } from '../delivery/pagerduty-key.ts';
import { alertSubject } from '../delivery/wording.ts';
import type { Incident } from '../incident/incident.ts';
import { outsiderName } from '../incident/person-name.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { personOf } from '../oncall/plan.ts';
import type { Alerting } from './alerting.ts';
import type { HubCommands } from './hub-commands.ts';
import type { HubParts } from './hub-parts.ts';
import { HttpRefusal, jsonBody, type HttpAnswer, type IncomingRequest } from './http-body.ts';
import { signedBody } from './signatures.ts';
import { submissionOf, type CommandResult } from './submission.ts';

interface PagerdutyWebhookContext extends HubParts {
  readonly alerting: Alerting;
  readonly hubCommands: HubCommands;
}

const text = v.pipe(v.string(), v.maxLength(2_000));
const reference = v.object({ type: v.nullish(text), summary: v.nullish(text) });
const shape = v.object({
  event: v.object({
    id: v.pipe(text, v.nonEmpty()),
    event_type: text,
    occurred_at: v.nullish(text),
    /** Who did it; no person where a rule or an integration did. */
    agent: v.nullish(reference),
    data: v.object({ incident_key: v.nullish(text), assignees: v.nullish(v.array(reference)) }),
  }),
});
type WebhookEvent = v.InferOutput<typeof shape>['event'];

const RESOLVED = 'incident.resolved';

/** What was triggered here. `since`: the present round of paging began then. */
type Matter = { readonly since: Instant | null } & ({ readonly incident: Incident } | { readonly alert: string });
type Step = { readonly kind: 'acknowledge' } | { readonly kind: 'note'; readonly text: string };

/** What was done in PagerDuty longer than this before people were called anew is about the round before; its clock may be wrong. ms. */
const CLOCK_MS = 5 * 60_000;

export class PagerdutyWebhook {
  readonly #context: PagerdutyWebhookContext;

  constructor(context: PagerdutyWebhookContext) {
    this.#context = context;
  }

  async take(request: IncomingRequest): Promise<HttpAnswer> {
    const { event } = jsonBody(shape, await signedBody('pagerduty', request, this.#context));
    return { status: 200, body: { said: await this.#apply(event) } };
  }

  async #apply(event: WebhookEvent): Promise<string> {
    const steps = stepsOf(event);
    const { clock } = this.#context;
    if (steps.length === 0) return `nothing is done for ${event.event_type}`;
    const matter = this.#matterOf(event.data.incident_key ?? '');
    if (matter === null) return 'nothing that is open here has this incident_key';
    const occurred = Date.parse(event.occurred_at ?? '');
    if (matter.since !== null && occurred < Date.parse(matter.since) - CLOCK_MS)
      return `that was before people were called at ${matter.since}`;
    if (event.event_type === RESOLVED && 'incident' in matter && matter.incident.status === 'resolved')
      return 'it is resolved here, too';
    const earliest = Date.parse(matter.since ?? '') || 0;
    const at = new Date(Math.max(earliest, Math.min(clock.wall(), occurred || Infinity))).toISOString();
    const said: string[] = [];
    for (const [index, step] of steps.entries()) {
      const result = await this.#execute(event, index + 1, step, matter, at);
      if ('refused' in result && result.retryAfter !== undefined)
        throw new HttpRefusal(503, result.reason, result.retryAfter);
      said.push(
        'refused' in result ? result.reason : 'said' in result ? result.said : `recorded as #${result.event.seq}`,
      );
    }
    return said.join('; ');
  }

  /** `n`: its place among the steps of the event, which makes a repeated event the same commands. */
  #execute({ id, agent }: WebhookEvent, n: number, step: Step, matter: Matter, at: Instant): Promise<CommandResult> {
    const { rooms, hubCommands, say } = this.#context;
    const by = isUser(agent)
      ? ({ name: this.#nameOf(agent?.summary ?? ''), via: 'pagerduty' } as const)
      : ({ name: 'PagerDuty', via: 'webhook' } as const);
    const sender = { client: `pagerduty ${hash('sha256', id).slice(0, 32)}`, n, ...by };
    if ('incident' in matter) {
      const { id: incident } = matter.incident;
      return rooms.execute(incident, submissionOf(this.#context, incident, { ...step, at }, sender));
    }
    const { alert } = matter;
    if (step.kind === 'acknowledge') {
      const command = { kind: 'acknowledge', alert } as const;
      return hubCommands.execute(submissionOf(this.#context, null, command, sender), null, false);
    }
    const said = `${alert}: ${by.name} ${step.text}`;
    say(said);
    return Promise.resolve({ said });
  }

  /** People in PagerDuty are called by their names there; an alias in oncall.yaml makes one of them known here. */
  #nameOf(summary: string): string {
    const { oncall } = this.#context.settings.current;
    const wanted = summary.trim().toLowerCase();
    const known =
      oncall && (personOf(oncall, wanted) ?? oncall.people.find(({ email }) => email?.toLowerCase() === wanted));
    return known?.name ?? outsiderName(summary, 'PagerDuty');
  }

  #matterOf(key: string): Matter | null {
    const { rooms, record, alerting } = this.#context;
    const incident = rooms
      .open()
      .find(({ state }) => subjectsOf(state).some((subject) => isPagerdutyKeyOf(subject, key)))?.state;
    if (incident !== undefined) return { incident, since: incident.paging?.since ?? null };
    const called = Object.entries(record.state.paging).map(([alert, { since }]) => ({ alert, since }));
    const found = [...called, ...alerting.fired()].find(({ alert, since }) =>
      isPagerdutyKeyOf(alertSubject(alert, since), key),
    );
    return found ?? null;
  }
}

/** What it may have been triggered as: what the deliveries remember, and what it is by rule. */
function subjectsOf({ id, alert, timestamps: { detectedAt }, deliveries }: Incident): readonly string[] {
  const subjects = alert === undefined || detectedAt === null ? [id] : [id, alertSubject(alert, detectedAt)];
  return [...Object.values(deliveries.refs).flatMap(({ subject }) => subject ?? []), ...subjects];
}

const isUser = (agent: WebhookEvent['agent']): boolean => agent?.type?.startsWith('user') ?? false;

/**
 * What an event leads to. Only a person acknowledges: what this hub acknowledges or resolves itself comes back as done by
 * its integration. Resolved there is not resolved here, where that is decided by the room.
 */
function stepsOf({ event_type: type, agent, data }: WebhookEvent): readonly Step[] {
  const acknowledge = isUser(agent) ? [{ kind: 'acknowledge' } as const] : [];
  const assignees = (data.assignees ?? []).map(({ summary }) => summary ?? 'somebody').join(', ');
  switch (type) {
    case 'incident.acknowledged':
      return acknowledge;
    case RESOLVED:
      return [
        ...acknowledge,
        { kind: 'note', text: 'resolved it in PagerDuty; here it goes on until it is resolved here' },
      ];
    case 'incident.reassigned':
      return [{ kind: 'note', text: `reassigned it in PagerDuty to ${assignees || 'nobody'}` }];
    default:
      return [];
  }
}
