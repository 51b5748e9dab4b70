/** ntfy: notifications on phones, of ntfy.sh or of a server of one's own. */
import * as v from 'valibot';
import type { Severity } from '../../incident/severity.ts';
import { readAuthorization, readConnection, readHttpUrl } from '../connection-settings.ts';
import { jsonResponse, post } from '../http.ts';
import { receiverKind, severityOf, type Message } from '../receiver.ts';
import { bodyOf, clipped, headline, clippedLine } from '../wording.ts';

/** ntfy makes a file of a message above 4096 bytes; a UTF-16 unit has three at most, and a name follows. */
const TEXT_MAX = 1_300;
/** 3 is normal, 4 and 5 ring longer. */
const PRIORITY: Readonly<Record<Severity, number>> = { 'SEV-0': 4, 'SEV-1': 4, 'SEV-2': 3, 'SEV-3': 3 };
const TAGS: Partial<Record<Message['kind'], string>> = {
  page: 'rotating_light',
  declared: 'fire',
  resolved: 'white_check_mark',
  acknowledged: 'raised_hand',
};

/** `sequence_id`: only servers that replace a repeated message answer with it. */
const answerShape = v.object({ id: v.string(), sequence_id: v.optional(v.string()) });

export default receiverKind({
  events: ['declared', 'page', 'acknowledged', 'resolved'],
  read(settings) {
    // On a public server whoever knows it can read along: told to nobody.
    const topic = settings.neededSecret('topic', 'what phones subscribe to');
    if (!/^[-\w]{0,64}$/.test(topic)) settings.fault('topic', 'topic must have up to 64 letters, digits and _ -');
    const url = readHttpUrl(settings, 'url', 'https://ntfy.sh/');
    if (url !== '' && new URL(url).pathname !== '/')
      settings.fault('url', 'url must be without a path: the topic has its own key');
    return { ...readConnection(settings), url, topic, headers: readAuthorization(settings) };
  },
  async send({ topic, ...settings }, message, context) {
    const reply = await post({ ...settings, body: JSON.stringify({ topic, ...notification(message) }) }, context);
    const answer = v.safeParse(answerShape, jsonResponse(reply));
    if (!answer.success) return { state: 'in_doubt', error: `${reply.host} answered, but not as ntfy does` };
    const isRepeated = message.again && answer.output.sequence_id === undefined;
    return { state: 'delivered', ...(isRepeated && { note: 'sent at least once' }) };
  },
});

function notification(message: Message): object {
  const { id, kind: what, by, page, url } = message;
  const tag = TAGS[what];
  return {
    title: clippedLine(headline(message), 250),
    message: `${clipped(bodyOf(message), TEXT_MAX)}${by === 'hub' ? '' : ` (${clippedLine(by, 50)})`}`,
    priority: what === 'page' ? 5 : what === 'resolved' ? 3 : PRIORITY[severityOf(message)],
    sequence_id: id,
    ...(tag !== undefined && { tags: [tag] }),
    ...(url !== null && { click: url }),
    // Opens the page with the button: a tap by accident acknowledges nothing.
    ...(page?.acknowledgeUrl != null && {
      actions: [{ action: 'view', label: 'Acknowledge', url: page.acknowledgeUrl }],
    }),
  };
}
