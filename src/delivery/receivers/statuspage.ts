/** Statuspage (Atlassian): what a person told the public, word for word, as an incident with its updates. */
import * as v from 'valibot';
import { readConnection, readHttpUrl, type ConnectionSettings } from '../connection-settings.ts';
import { afterRequest, jsonResponse, post, type HttpResponse, type HttpRequest } from '../http.ts';
import { COMPONENT_STATUS, PUBLIC_IMPACT, publicName, ONLY_UPDATES } from '../public-incident.ts';
import { NotDelivered, receiverKind, type Message, type SendContext } from '../receiver.ts';
import { clipped, clippedLine } from '../wording.ts';

interface StatuspageSettings extends ConnectionSettings {
  /** Where the incidents of the page are. */
  readonly url: string;
  readonly token: string;
  /** What people call a component, in small letters -> its id. */
  readonly components: ReadonlyMap<string, string>;
}

const BODY_MAX = 25_000;
const ANSWER_MAX = 4 * 1024 * 1024;
const ID = /^[a-z0-9]{1,40}$/i;

export default receiverKind({
  events: ['update'],
  takes: ONLY_UPDATES,
  read(settings): StatuspageSettings {
    const token = settings.neededSecret('token', 'an API key of Statuspage');
    const page = settings.filled('page') ?? '';
    if (page !== '' && !ID.test(page)) settings.fault('page', 'page must be the id of the page, such as kctbh9vrtdwd');
    const components = Object.entries(settings.map('components'));
    for (const [name, id] of components)
      if (!ID.test(id)) settings.fault(['components', name], `components.${name} must be the id of a component`);
    const api = readHttpUrl(settings, 'api', 'https://api.statuspage.io/v1').replace(/\/+$/, '');
    return {
      ...readConnection(settings),
      url: `${api}/pages/${page}/incidents`,
      token,
      components: new Map(components.map(([name, id]) => [asKey(name), id])),
    };
  },
  async send(settings, message, context) {
    const { incident, update } = message;
    if (message.kind === 'test') {
      await ask(settings, context, { url: `${settings.url}?limit=1` }, v.array(v.unknown()));
      return { state: 'delivered', note: 'the page and the token are right; a test is not published' };
    }
    if (incident === null || update === null)
      return { state: 'failed', error: 'a status page only takes public updates' };
    let id = context.refs['incident'];
    // Subscribers would be told twice of what arrived before: look first.
    if (message.again || id === undefined) {
      const found = await lookUp(settings, message, context, id).catch((error: unknown) => {
        if (!(error instanceof NotDelivered) || !message.again || error.outcome.state !== 'failed') throw error;
        throw new NotDelivered({ ...error.outcome, state: 'in_doubt' });
      });
      id = found?.id;
      if (id !== undefined && found?.isThere === true) return { state: 'delivered', refs: { incident: id } };
    }
    const { fields, note } = await fieldsOf(settings, message, context);
    const request =
      id === undefined
        ? { url: settings.url, method: 'POST' as const }
        : { url: `${settings.url}/${id}`, method: 'PATCH' as const };
    const name = id === undefined ? { name: publicName(message) } : {};
    const body = JSON.stringify({ incident: { ...name, ...fields } });
    const done = await ask(settings, context, { ...request, body }, v.object({ id: v.pipe(v.string(), v.regex(ID)) }));
    return { state: 'delivered', refs: { incident: done.id }, ...(note !== null && { note }) };
  },
});

async function ask<S extends v.GenericSchema>(
  { token, ...http }: StatuspageSettings,
  context: SendContext,
  request: Pick<HttpRequest, 'url' | 'method' | 'body'>,
  shape: S,
): Promise<v.InferOutput<S>> {
  const detail = (refusal: HttpResponse): string => {
    const said = v.safeParse(refusalShape, jsonResponse(refusal));
    return said.success ? clippedLine(String(said.output.error), 200).replaceAll(token, '***') : '';
  };
  const headers = { authorization: `OAuth ${token}` };
  const whole: HttpRequest = { ...http, method: 'GET', ...request, headers, maxBytes: ANSWER_MAX };
  const reply = await post(whole, context, detail);
  const answer = v.safeParse(shape, jsonResponse(reply));
  if (answer.success) return answer.output;
  const error = `${reply.host} did not answer in the way of Statuspage`;
  throw new NotDelivered(afterRequest(whole, { state: 'in_doubt', error }));
}

const refusalShape = v.object({ error: v.union([v.string(), v.array(v.string())]) });
const incidentShape = v.object({
  id: v.pipe(v.string(), v.regex(ID)),
  metadata: v.fallback(v.object({ warroom: v.object({ incident: v.string(), update: v.string() }) }), {
    warroom: { incident: '', update: '' },
  }),
  incident_updates: v.fallback(v.array(v.object({ body: v.string(), status: v.string() })), []),
});

/** The incident there, if there is one, and whether `message` is in it. */
async function lookUp(
  settings: StatuspageSettings,
  message: Message,
  context: SendContext,
  id: string | undefined,
): Promise<{ readonly id: string; readonly isThere: boolean } | null> {
  const list =
    id === undefined
      ? await ask(settings, context, { url: `${settings.url}?limit=100` }, v.array(incidentShape))
      : await ask(
          settings,
          context,
          { url: `${settings.url}/${id}` },
          v.pipe(
            incidentShape,
            v.transform((one) => [one]),
          ),
        );
  const found = list.find((one) => one.id === id || one.metadata.warroom.incident === message.incident?.id);
  if (found === undefined) return null;
  // A person may have changed the metadata: the words tell, too, unless they were already told before.
  const isSame = (body: string, state: string): boolean =>
    oneSpaced(body) === oneSpaced(clipped(message.text, BODY_MAX)) && state === message.update?.state;
  const before = (await context.updates()).filter(
    ({ text, update, at }) => at < message.at && isSame(text, update?.state ?? ''),
  );
  const there = found.incident_updates.filter(({ body, status }) => isSame(body, status));
  const isThere = found.metadata.warroom.update === message.id || there.length > before.length;
  return { id: found.id, isThere };
}

async function fieldsOf(
  { components }: StatuspageSettings,
  { id, text, incident, update }: Message,
  context: SendContext,
): Promise<{ readonly fields: object; readonly note: string | null }> {
  if (incident === null || update === null) throw new Error('no public update');
  const { severity, drill } = incident;
  const idOf = (name: string | null | undefined): readonly string[] => {
    const known = name == null ? undefined : components.get(asKey(name));
    return known === undefined ? [] : [known];
  };
  const now = idOf(update.component);
  const ever = (await context.updates()).flatMap((one) => idOf(one.update?.component));
  // What was named before and is not named any more is left as it is until all is well.
  const states =
    update.state === 'resolved'
      ? [...now, ...ever].map((one) => [one, 'operational'])
      : now.map((one) => [one, COMPONENT_STATUS[severity]]);
  const isUnknown = update.component !== null && now.length === 0 && components.size > 0;
  return {
    fields: {
      status: update.state,
      body: clipped(text, BODY_MAX),
      impact_override: PUBLIC_IMPACT[severity],
      // Subscribers are told, because a person confirmed these very words; never of a drill.
      deliver_notifications: !drill,
      metadata: { warroom: { incident: incident.id, update: id } },
      ...(states.length > 0 && {
        components: Object.fromEntries(states),
        component_ids: [...new Set([...now, ...ever])],
      }),
    },
    note: isUnknown ? `components: has no id for "${clippedLine(update.component ?? '', 80)}"` : null,
  };
}

const oneSpaced = (text: string): string => text.trim().replace(/\s+/g, ' ');
const asKey = (name: string): string => name.trim().toLowerCase();
