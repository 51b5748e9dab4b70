/** Keys of receivers that are reached over the network. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { isDigest } from '../incident/deliveries.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';

export interface ConnectionSettings {
  /** Trusted instead of the public authorities, PEM. */
  readonly ca: string | null;
  readonly timeoutMs: number;
}

/** `ca` and `timeout`. */
export function readConnection(read: SettingsReader): ConnectionSettings {
  const file = read.text('ca', null);
  let ca: string | null = null;
  try {
    if (file !== null) ca = readFileSync(file, 'utf8');
  } catch {
    read.fault('ca', `cannot read the ca file ${file}`);
  }
  if (ca !== null && !ca.includes('-----BEGIN CERTIFICATE-----'))
    read.fault('ca', 'ca must be a file with certificates in PEM');
  return { ca, timeoutMs: read.duration('timeout', 15_000, 100) };
}

/** Whether `events` asks for digests. */
export const takesDigests = (read: SettingsReader): boolean => [read.value('events')].flat().some(isDigest);

/** A URL below `key`; without `fallback` it must not be missing. Plain `http:` is for this machine only. */
export function readHttpUrl(read: SettingsReader, key: string, fallback?: string): string {
  if (fallback === undefined && !read.has(key)) read.fault(key, `"${key}" is missing`);
  const url = read.url(key, ['https:', 'http:']) ?? fallback ?? '';
  if (!URL.canParse(url)) return '';
  const { protocol, username, password } = new URL(url);
  if (protocol === 'http:' && !isSendable(url))
    read.fault(key, `${key} must begin with https://: http:// is for this machine only`);
  if (username !== '' || password !== '')
    read.fault(key, `${key} must be without a name and password: they would not be sent`);
  return url;
}

/** The header for `token`, or for `username` and `password`; none for neither. */
export function readAuthorization(read: SettingsReader): Readonly<Record<string, string>> {
  const [token, username, password] = [read.secret('token'), read.text('username', null), read.secret('password')];
  if (token !== null && username !== null) read.fault('token', 'give token, or username and password, not both');
  if ((username === null) !== (password === null))
    read.fault(username === null ? 'username' : 'password', 'username and password go together');
  if (token !== null) return { authorization: `Bearer ${token}` };
  if (username === null) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}

/** An `https:` URL, or one of this machine. */
export const isSendable = (url: string): boolean =>
  URL.canParse(url) &&
  (new URL(url).protocol === 'https:' || (new URL(url).protocol === 'http:' && isLoopback(new URL(url).hostname)));

/** A name or an address of this machine. Not `x.localhost`, which a resolver may ask others for. */
export const isLoopback = (hostname: string): boolean =>
  /^localhost$/i.test(hostname) ||
  /^\[?::1\]?$/.test(hostname) ||
  (isIP(hostname) === 4 && hostname.startsWith('127.'));

export const UNTRUSTED = 'the certificate is not from a known authority: give that of your own as ca:';
