/** E-mail over SMTP: one message per recipient, so that one who is refused takes nothing from the others. */
import { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import Connection from 'nodemailer/lib/smtp-connection';
import {
  isLoopback,
  readConnection,
  takesDigests,
  UNTRUSTED,
  type ConnectionSettings,
} from '../connection-settings.ts';
import { receiverKind, type Message, type Outcome } from '../receiver.ts';
import { clipped, headline, clippedLine, shortHash, subjectOf } from '../wording.ts';

interface SmtpSettings extends ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly tls: Tls;
  readonly credentials: { readonly user: string; readonly pass: string } | null;
  readonly from: string;
  readonly to: readonly string[];
  /** By message, the recipients that need not be tried again. It is lost with the hub: then they get a second one. */
  readonly settled: Map<string, Map<string, Outcome>>;
}

/** `starttls`: required · `implicit`: from the first byte · `none`: on this machine only. */
const TLS = { starttls: 587, implicit: 465, none: 25 } as const;
type Tls = keyof typeof TLS;
const TLS_NAMES = Object.keys(TLS) as readonly Tls[];

/** An address without a name, and without anything that means something in SMTP. */
const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;
const isAddress = (value: unknown): value is string => typeof value === 'string' && ADDRESS.test(value);
const MOST_RECIPIENTS = 20;
const MOST_REMEMBERED = 500;

export default receiverKind({
  events: ['declared', 'severity', 'status', 'page', 'resolved'],
  read(settings): SmtpSettings {
    const host = settings.filled('host') ?? '';
    const tls = settings.oneOf('tls', TLS_NAMES, 'starttls');
    if (tls === 'none' && !isLoopback(host)) settings.fault('tls', 'tls: none is for a server on this machine only');
    const [user, pass] = [settings.text('username', null), settings.secret('password')];
    if ((user === null) !== (pass === null))
      settings.fault(user === null ? 'username' : 'password', 'username and password go together');
    const from = settings.filled('from') ?? '';
    if (from !== '' && !isAddress(from)) settings.fault('from', 'from must be an address, such as warroom@example.org');
    const to = settings.list('to', isAddress, 'a list of addresses, such as ops@example.org');
    if (to.length === 0 && takesDigests(settings)) settings.fault('to', '"to" is missing: who gets the digests');
    if (to.length > MOST_RECIPIENTS) settings.fault('to', `there are at most ${MOST_RECIPIENTS} recipients`);
    return {
      ...readConnection(settings),
      host,
      port: settings.count('port', 1, TLS[tls]),
      tls,
      credentials: user === null || pass === null ? null : { user, pass },
      from,
      to,
      settled: new Map(),
    };
  },
  async send(settings, message, { signal }) {
    const { settled, to } = settings;
    const recipients = new Set([...(message.page?.email != null ? [message.page.email] : []), ...to]);
    if (recipients.size === 0)
      return { state: 'failed', error: 'nobody to write to: give to:, or e-mail: of whoever is called in oncall.yaml' };
    const outcomes = settled.get(message.id) ?? new Map<string, Outcome>();
    settled.set(message.id, outcomes);
    if (settled.size > MOST_REMEMBERED) settled.delete(settled.keys().next().value!);
    const open = new Map<string, Outcome>();
    for (const recipient of recipients) {
      if (outcomes.has(recipient)) continue;
      const { outcome, isServerDown } = await deliver(settings, recipient, message, signal);
      (isFinal(outcome) ? outcomes : open).set(recipient, outcome);
      // The others would only wait for the same.
      if (isServerDown) break;
    }
    const outcome = summary([...outcomes, ...open], message.again);
    // A person who asks for it again wants all of it again.
    if (isFinal(outcome)) settled.delete(message.id);
    return outcome;
  },
});

const isFinal = ({ state }: Outcome): boolean => state === 'delivered' || state === 'failed';

/** One outcome for all recipients; those who are done are not tried again. */
function summary(all: readonly (readonly [string, Outcome])[], again: boolean): Outcome {
  const told = all.flatMap(([recipient, outcome]) =>
    outcome.state === 'delivered' ? [] : [{ state: outcome.state, words: `${recipient}: ${outcome.error}` }],
  );
  const error = told.map(({ words }) => words).join('; ');
  for (const state of ['in_doubt', 'retry'] as const)
    if (told.some((one) => one.state === state)) return { state, error };
  if (told.length === all.length) return { state: 'failed', error };
  const notes = [...(again ? ['sent at least once'] : []), ...(error === '' ? [] : [`not to ${error}`])];
  return { state: 'delivered', ...(notes.length > 0 && { note: notes.join('; ') }) };
}

interface Delivered {
  readonly outcome: Outcome;
  /** Nothing could be said to it at all. */
  readonly isServerDown: boolean;
}

/** One message to one recipient, over a connection of its own. Never rejects. */
async function deliver(
  { host, port, tls, ca, timeoutMs, credentials, from }: SmtpSettings,
  recipient: string,
  message: Message,
  signal: AbortSignal,
): Promise<Delivered> {
  if (!isAddress(recipient)) return refused('is no e-mail address');
  const raw = await mailOf(message, from, recipient);
  let hasLeft = false;
  /** It is read when the server has said that it takes the message. */
  async function* content(): AsyncGenerator<Buffer> {
    hasLeft = true;
    yield raw;
  }
  const connection = new Connection({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: ca === null ? {} : { ca },
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    maxResponseSize: 65_536,
  });
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => {};
  const result = await new Promise<Delivered>((resolve) => {
    const lost = (words: string): void => {
      const error = `${host}: ${words}`;
      resolve({ outcome: { state: hasLeft ? 'in_doubt' : 'retry', error }, isServerDown: !hasLeft });
    };
    const fail = (error: NodemailerError): void => {
      const answer = answered(error);
      if (answer === null) lost(wordsOf(error, timeoutMs));
      else resolve({ outcome: answer, isServerDown: false });
    };
    const send = (): void =>
      connection.send({ from, to: [recipient] }, Readable.from(content()), (error) => {
        if (error) return fail(error);
        connection.quit();
        resolve({ outcome: { state: 'delivered' }, isServerDown: false });
      });
    onAbort = () => lost('the hub ended before the answer');
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    // A server that answers now and then resets every other limit.
    timer = setTimeout(() => lost(`not done within ${(timeoutMs * 3) / 1000} s`), timeoutMs * 3);
    connection.on('error', fail);
    connection.connect((error) => {
      if (error) return fail(error);
      if (credentials === null) return send();
      connection.login({ credentials }, (refusal) => (refusal ? fail(refusal) : send()));
    });
  });
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
  if (result.outcome.state !== 'delivered') connection.close();
  return result;
}

const refused = (error: string): Delivered => ({ outcome: { state: 'failed', error }, isServerDown: false });

/** What the server said, for now or for good; null: nothing that decides. */
function answered({ code, responseCode, response, permanent }: NodemailerError): Outcome | null {
  if (responseCode === undefined || code === 'ETLS') return null;
  // What is said of a login may repeat it.
  const words = code === 'EAUTH' ? `${responseCode}, does not accept the name or password` : String(response);
  const error = `the server answered ${clippedLine(words, 200)}`;
  return { state: permanent === true ? 'failed' : 'retry', error };
}

/** The message of an error is never told, only what is known to stand in it. */
function wordsOf({ code, message, originalCode, response }: NodemailerError, timeoutMs: number): string {
  if (code === 'ETLS' && response !== undefined) return 'the server does not offer STARTTLS: tls: implicit?';
  if (/altnames/.test(message)) return 'the certificate is for another host';
  if (/self.signed|unable to (?:verify|get)/.test(message)) return UNTRUSTED;
  if (/certificate has expired/.test(message)) return 'the certificate has expired';
  if (code === 'ETLS' || /wrong version|SSL|TLS/.test(message))
    return 'the TLS handshake failed: starttls or implicit?';
  if (code === 'ETIMEDOUT') return `no answer within ${timeoutMs / 1000} s`;
  if (code === 'EDNS') return 'the name does not resolve';
  return originalCode === 'ECONNREFUSED' ? 'connection refused' : 'the connection was lost';
}

async function mailOf(message: Message, from: string, recipient: string): Promise<Buffer> {
  const { id, kind: what, text, at, by, incident, page, url } = message;
  const domain = from.slice(from.indexOf('@') + 1);
  // Not a mail that exists: what names it belongs together.
  const thread = `<${shortHash(subjectOf(message))}.warroom@${domain}>`;
  // Cancelled and merged are over, too.
  const over = what === 'resolved' ? `${(incident?.status ?? 'resolved').toUpperCase()}: ` : '';
  const prefix = page === null ? over : `PAGE ${page.level}: `;
  const isCalled = page !== null && page.email === recipient;
  const lines = [
    clipped(text, 20_000),
    '',
    ...(incident === null ? [] : [`Incident: ${clippedLine(headline(message), 500)} · ${incident.status}`]),
    ...(page === null ? [] : [`Called: ${page.level} ${clippedLine(page.name, 200)}`]),
    `By ${clippedLine(by, 200)} at ${at}`,
    // The link acknowledges in the name of who is called.
    ...(isCalled && page.acknowledgeUrl !== null ? [`Acknowledge on the page behind ${page.acknowledgeUrl}`] : []),
    ...(url === null ? [] : [`In warroom: ${url}`]),
  ];
  const mail = new MailComposer({
    from: { name: 'warroom', address: from },
    to: { name: '', address: recipient },
    subject: clippedLine(`${prefix}${headline(message)}`, 250),
    text: lines.join('\n'),
    date: new Date(at),
    // Of a message that is sent again many mailboxes show one.
    messageId: `<${id}.${shortHash(recipient)}@${domain}>`,
    inReplyTo: thread,
    references: thread,
    headers: { 'Auto-Submitted': 'auto-generated', ...(what === 'page' && { Importance: 'high' }) },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}
