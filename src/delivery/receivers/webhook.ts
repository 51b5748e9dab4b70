/** A generic webhook: JSON, signed as https://www.standardwebhooks.com describes it. */
import { createHmac } from 'node:crypto';
import { isDigest } from '../../incident/deliveries.ts';
import type { SettingsReader } from '../../probes/settings-reader.ts';
import { readConnection, readHttpUrl } from '../connection-settings.ts';
import { post } from '../http.ts';
import { receiverKind, type Message } from '../receiver.ts';
import { headline } from '../wording.ts';

const fieldsOf = (message: Message) => {
  const { id, kind, incident, alert, text, at, url } = message;
  return {
    id,
    kind,
    incident: incident?.id ?? null,
    severity: incident?.severity ?? alert?.severity ?? null,
    status: incident?.status ?? null,
    title: incident?.title ?? alert?.name ?? (isDigest(kind) ? headline(message) : ''),
    text,
    at,
    url,
  };
};
const PLACEHOLDERS = ['id', 'kind', 'incident', 'severity', 'status', 'title', 'text', 'at', 'url', 'by'] as const;
const PLACEHOLDER = /\{([a-z]+)\}/g;

/** Calls `each` with the texts of `value` at any depth, and answers `value` with what that made of them. */
function mapTexts(value: unknown, each: (text: string) => string): unknown {
  if (typeof value === 'string') return each(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, each));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, each)]));
}

/** Sent instead of the usual fields, its texts filled; null: the usual fields. */
function readBody(settings: SettingsReader): unknown {
  const body = settings.value('body') ?? null;
  if (body !== null && typeof body !== 'object') settings.fault('body', 'body must be a map or a list, sent as JSON');
  mapTexts(body, (text) => {
    for (const [, name = ''] of text.matchAll(PLACEHOLDER))
      if (!PLACEHOLDERS.some((known) => known === name))
        settings.fault('body', `there is no {${name}}; there are {${PLACEHOLDERS.join('}, {')}}`);
    return text;
  });
  return body;
}

/** More headers, in small letters, so that those of every message win. */
function readHeaders(settings: SettingsReader): Readonly<Record<string, string>> {
  const headers = Object.entries(settings.map('headers'));
  for (const [name, value] of headers) {
    // The values may be secret.
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(name) || OWN_HEADER.test(name))
      settings.fault(['headers', name], `${JSON.stringify(name)} is no header that can be set`);
    else if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      settings.fault(['headers', name], `headers.${name} has characters that a header cannot have`);
  }
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}
/** Of the connection, or of Standard Webhooks. */
const OWN_HEADER =
  /^(?:host|connection|keep-alive|upgrade|expect|te|trailer|transfer-encoding|content-length|webhook-.*)$/i;

function readSecret(settings: SettingsReader): string | null {
  const secret = settings.secret('secret');
  if (secret?.startsWith('whsec_') && !/^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret))
    settings.fault(settings.has('secret') ? 'secret' : 'secret_file', 'after whsec_ comes base64');
  return secret;
}

/** The value of `webhook-signature`. A secret is `whsec_` and base64, or plain text. */
function signatureOf(secret: string, id: string, timestamp: number, body: string): string {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function bodyOf(template: unknown, message: Message): string {
  const fields = fieldsOf(message);
  const values: Readonly<Record<string, string | null>> = { ...fields, by: message.by };
  const filled = (text: string): string => text.replace(PLACEHOLDER, (_, name: string) => values[name] ?? '');
  const body = template === null ? fields : mapTexts(template, filled);
  // Half a surrogate pair is refused by many.
  return JSON.stringify(mapTexts(body, (text) => text.toWellFormed()));
}

export default receiverKind({
  events: ['declared', 'severity', 'status', 'resolved', 'page', 'update'],
  read: (settings) => ({
    ...readConnection(settings),
    url: readHttpUrl(settings, 'url'),
    secret: readSecret(settings),
    headers: readHeaders(settings),
    body: readBody(settings),
  }),
  async send({ secret, body: template, ...settings }, message, context) {
    const timestamp = Math.floor(context.now / 1000);
    const body = bodyOf(template, message);
    const headers = {
      ...settings.headers,
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-timestamp': String(timestamp),
      ...(secret === null ? {} : { 'webhook-signature': signatureOf(secret, message.id, timestamp, body) }),
    };
    await post({ ...settings, headers, body }, context);
    return { state: 'delivered' };
  },
});
