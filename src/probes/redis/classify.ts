/** The class of an error of ioredis or of the server: by errno, TLS code and the first word of the reply. */
import { networkFailure, timedOut, unknownFailure, type Failure } from '../failure.ts';

/** First word of an error reply -> class and what to do about it. */
const REPLIES: Readonly<Record<string, readonly [Failure['class'], string]>> = {
  NOAUTH: ['auth', 'the server wants a password'],
  WRONGPASS: ['auth', 'user or password is wrong, or the user is off'],
  NOPERM: ['perm', 'the user may not run this command: see docs/probes.md for its ACL line'],
  LOADING: ['loading', 'the server is loading its data'],
  BUSY: ['busy', 'a script is blocking the server: SCRIPT KILL ends it'],
  MASTERDOWN: ['busy', 'the replica has lost its master'],
  READONLY: ['readonly', 'this is a read-only replica'],
  CLUSTERDOWN: ['busy', 'the cluster is down'],
  DENIED: ['auth', 'protected mode: the server refuses clients from elsewhere'],
};

/** `phase`: `connect`, or `command` on a connection that was open; `ms`: the limit a timeout hit. */
export function redisFailure(error: unknown, phase: 'connect' | 'command', ms: number): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'ReplyError') return replyFailure(message, phase);
  if (PARSER.test(message))
    return { class: 'protocol', phase, message: 'what answers there does not speak the Redis protocol' };
  if (OWN_TIMEOUT.test(message)) return timedOut(phase, ms);
  const network = networkFailure(error, phase);
  // ioredis gives its own connect timeout the code of the kernel's.
  if (network !== null) return network.class === 'timeout' ? timedOut(phase, ms) : network;
  if (CLOSED.test(message)) return { class: 'reset', phase, message: 'the server closed the connection' };
  return { ...unknownFailure(error), phase };
}

/** An error reply of the server, without the leading `-`. */
export function replyFailure(reply: string, phase: 'connect' | 'command'): Failure {
  const known = REPLIES[reply.split(' ', 1)[0] ?? ''];
  if (known !== undefined) return { class: known[0], phase, message: known[1] };
  // This reply has the generic prefix ERR; the text is a constant of the server's source.
  if (reply.startsWith('ERR max number of clients'))
    return { class: 'exhausted', phase, message: 'all client slots of the server are taken (maxclients)' };
  return { class: 'protocol', phase, message: `the server answered ${JSON.stringify(reply.slice(0, 120))}` };
}

/** ioredis' own errors have no code; these are constants of its source. */
const OWN_TIMEOUT = /^(?:Command timed out|connect ETIMEDOUT)/;
const CLOSED = /^(?:Connection is closed|Client network socket disconnected|Socket closed|Stream isn't writeable)/;
const PARSER = /^(?:Unknown RESP type|Protocol error)/;
