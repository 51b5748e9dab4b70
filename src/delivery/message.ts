/** Makes the message of a delivery from the entry it is about, when it is sent. Pure. */
import { isDigest, type Delivery } from '../incident/deliveries.ts';
import { hubRecord } from '../incident/hub-record.ts';
import type { Incident } from '../incident/incident.ts';
import { publicStateOf, PUBLIC_STATES } from '../incident/public-words.ts';
import { INCIDENT } from '../incident/topics/index.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { Message } from './receiver.ts';

/** What the hub knows besides the record. */
export interface MessageContext {
  /** Where people outside reach the hub; null: nowhere. */
  readonly publicUrl: string | null;
  readonly emailOf: (name: string) => string | null;
  /** Opens a page that acknowledges; null: there is none. */
  readonly acknowledgeUrl: (page: AnyEvent, delivery: Delivery, name: string) => string | null;
}

/** `incident` null: it is about none. `entry`: what it is about; corrections of its text are made. */
export function deliveryMessage(
  delivery: Delivery,
  entry: AnyEvent,
  incident: Incident | null,
  context: MessageContext,
): Message {
  const amended = incident?.annotations[entry.seq]?.amends.findLast(({ text }) => text !== undefined);
  const about = amended === undefined ? entry : { ...entry, data: { ...entry.data, text: amended.text } };
  const { id, kind, severity, isRepeated = false } = delivery;
  const drill = incident?.drill ?? false;
  const { title, timestamps, alert: cause } = incident ?? {};
  const since = timestamps?.detectedAt ?? about.at;
  return {
    id,
    kind,
    text: textOf(delivery, about, incident),
    at: about.at,
    by: about.by.name,
    incident: incident && {
      id: incident.id,
      title: title ?? '',
      severity,
      status: delivery.status ?? incident.status,
      drill,
      declaredAt: timestamps?.declaredAt ?? about.at,
      startedAt: timestamps?.impactStartedAt ?? since,
    },
    alert:
      delivery.alert !== undefined
        ? { ...delivery.alert, severity }
        : cause === undefined
          ? null
          : { name: cause, since, severity },
    page: kind === 'page' ? pageOf(delivery, about, context) : null,
    update: kind === 'update' ? updateOf(about, delivery, incident) : null,
    url: context.publicUrl === null || incident === null ? context.publicUrl : `${context.publicUrl}/#${incident.id}`,
    again: isRepeated,
  };
}

const textIn = ({ data }: AnyEvent, key: string): string | null => {
  const value = data[key];
  return typeof value === 'string' ? value : null;
};

function textOf({ kind, isRepeated }: Delivery, about: AnyEvent, incident: Incident | null): string {
  // With a new status the words for the public stand beside it.
  if (kind === 'update') return textIn(about, 'text') ?? textIn(about, 'public') ?? '';
  if (isDigest(kind)) return textIn(about, 'text') ?? '';
  if (kind === 'test') return 'this is a test of warroom: nothing happened, and nothing is to be done';
  const sentence = (incident === null ? hubRecord : INCIDENT).sentence(about);
  const isMarked = sentence.includes('DRILL');
  return `${incident?.drill && !isMarked ? 'DRILL: ' : ''}${sentence}${isRepeated ? ' (repeated)' : ''}`;
}

function pageOf(delivery: Delivery, about: AnyEvent, { emailOf, acknowledgeUrl }: MessageContext): Message['page'] {
  const name = textIn(about, 'name');
  return {
    level: delivery.level ?? '',
    name: name ?? 'nobody is on call',
    email: name === null ? null : emailOf(name),
    acknowledgeUrl: name === null ? null : acknowledgeUrl(about, delivery, name),
  };
}

function updateOf(about: AnyEvent, { status }: Delivery, incident: Incident | null): Message['update'] {
  const state = PUBLIC_STATES.find((one) => one === textIn(about, 'state'));
  return {
    state: state ?? publicStateOf(status ?? 'investigating'),
    component: textIn(about, 'component') ?? incident?.lastPublic?.component ?? null,
    impact: textIn(about, 'impact') ?? incident?.lastPublic?.impact ?? null,
    nextUpdateAt: textIn(about, 'updateDueAt'),
  };
}
