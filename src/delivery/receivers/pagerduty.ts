/**
 * PagerDuty, Events API v2: one alert per incident, opened by a page, acknowledged and resolved from here. A page after an
 * acknowledgement opens another one, because an acknowledged alert calls nobody.
 */
import * as v from 'valibot';
import type { MessageKind } from '../../incident/deliveries.ts';
import type { Severity } from '../../incident/severity.ts';
import { readConnection, readHttpUrl, type ConnectionSettings } from '../connection-settings.ts';
import { jsonResponse, post, type HttpResponse } from '../http.ts';
import { pagerdutyKey } from '../pagerduty-key.ts';
import { NotDelivered, receiverKind, severityOf, type Message, type SendContext } from '../receiver.ts';
import { clipped, headline, clippedLine, shortHash, subjectOf } from '../wording.ts';

interface PagerDutySettings extends ConnectionSettings {
  readonly url: string;
  readonly routingKey: string;
}

/** Events API v2 of the service region that accounts outside the EU have. */
const URL_US = 'https://events.pagerduty.com/v2/enqueue';
const SEVERITY: Readonly<Record<Severity, string>> = {
  'SEV-0': 'critical',
  'SEV-1': 'error',
  'SEV-2': 'warning',
  'SEV-3': 'info',
};
/** Anything else would open the alert again once it is resolved. */
const TAKEN: readonly MessageKind[] = ['declared', 'page', 'acknowledged', 'resolved'];
const SUMMARY_MAX = 1024;

export default receiverKind({
  events: ['page', 'acknowledged', 'resolved'],
  takes: { kinds: TAKEN, words: `one of ${TAKEN.join(', ')} for pagerduty` },
  resolvesAll: true,
  read(settings): PagerDutySettings {
    const routingKey = settings.neededSecret('routing_key', 'the integration key of a service');
    return { ...readConnection(settings), url: readHttpUrl(settings, 'url', URL_US), routingKey };
  },
  async send(settings, message, context) {
    const { subject, round, refs } = roundOf(message, context.refs);
    // All that were opened are over; those of long ago were so in PagerDuty.
    const last = message.kind === 'resolved' ? Math.max(1, round - MOST_ROUNDS) : round;
    for (let n = round; n >= last; n--) await enqueue(settings, pagerdutyKey(subject, n), message, context);
    const note = message.kind === 'test' ? { note: 'resolve the test alert in PagerDuty' } : {};
    return { state: 'delivered', ...(Object.keys(refs).length > 0 && { refs }), ...note };
  },
});

const MOST_ROUNDS = 20;

/** `refs`: what later messages have to know. */
function roundOf(message: Message, before: SendContext['refs']) {
  const { incident, alert, kind: what } = message;
  // The first delivery decides: an alert that joins the incident later does not change it.
  const pinned = incident === null ? undefined : before['subject'];
  const subject = pinned ?? subjectOf(message);
  // Alerts without an incident are in one record.
  const prefix = incident === null ? `${shortHash(subject)} ` : '';
  const open = Number(before[`${prefix}round`] ?? 1);
  // Whether the alert was acknowledged before the incident was declared from it, is not known here: better too loud.
  const isInherited = incident !== null && alert !== null && pinned === undefined;
  const isAcknowledged = Number(before[`${prefix}acknowledged`] ?? (isInherited ? open : 0)) >= open;
  const round = what === 'page' && isAcknowledged ? open + 1 : open;
  const refs = {
    ...(incident !== null && { subject }),
    ...(round > 1 && { [`${prefix}round`]: String(round) }),
    ...(what === 'acknowledged' && { [`${prefix}acknowledged`]: String(round) }),
  };
  return { subject, round, refs };
}

async function enqueue(
  { routingKey, ...settings }: PagerDutySettings,
  key: string,
  message: Message,
  context: SendContext,
): Promise<void> {
  const body = JSON.stringify({ routing_key: routingKey, dedup_key: key, ...eventOf(message) });
  const reply = await post({ ...settings, body }, context, (refusal) =>
    detailOf(refusal).replaceAll(routingKey, '***'),
  );
  // Only 202 is PagerDuty's word; 200 may come from anything that stands in between.
  if (reply.status !== 202)
    throw new NotDelivered({
      state: 'in_doubt',
      error: `${reply.host} answered ${reply.status}, not 202 as PagerDuty does`,
    });
}

function eventOf(message: Message): object {
  const { id, kind: what, text, at, by, incident, alert, page, url } = message;
  if (what === 'acknowledged') return { event_action: 'acknowledge' };
  if (what === 'resolved') return { event_action: 'resolve' };
  const links = [
    { href: page?.acknowledgeUrl, text: 'Acknowledge in warroom' },
    { href: url, text: 'The incident in warroom' },
  ].filter(({ href }) => href != null);
  return {
    event_action: 'trigger',
    client: 'warroom',
    ...(url !== null && { client_url: url }),
    ...(links.length > 0 && { links }),
    payload: {
      summary: clippedLine(headline(message), SUMMARY_MAX),
      source: incident?.id ?? clippedLine(alert?.name ?? 'warroom', SUMMARY_MAX),
      severity: SEVERITY[severityOf(message)],
      timestamp: at,
      class: what,
      custom_details: {
        text: clipped(text, 8_000),
        by: clippedLine(by, 200),
        ...(page !== null && { paged: `${page.level} ${clippedLine(page.name, 200)}` }),
        ...(incident !== null && { status: incident.status }),
        delivery: id,
      },
    },
  };
}

const refusalShape = v.object({
  message: v.fallback(v.string(), ''),
  errors: v.fallback(v.array(v.string()), []),
});

/** Its reasons, without what else the answer has. */
function detailOf(answer: HttpResponse): string {
  const refusal = v.safeParse(refusalShape, jsonResponse(answer));
  return refusal.success ? clippedLine([refusal.output.message, ...refusal.output.errors].join(', '), 200) : '';
}
