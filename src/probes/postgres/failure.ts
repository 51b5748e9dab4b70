/** The class of an error of node-postgres or of the server, by SQLSTATE. */
import type { Sample } from '../../protocol/reading.ts';
import { errorCodeOf, networkFailure, ProbeFailure, unknownFailure, type Meaning } from '../failure.ts';
import { gauges } from '../session.ts';

export type Phase = 'connect' | 'query';

const SQLSTATES: Readonly<Record<string, Meaning>> = {
  '28P01': ['auth', 'user or password is wrong'],
  '28000': [
    'auth',
    'the server does not let this user in (pg_hba.conf, a client certificate it wants, or the role may not log in)',
  ],
  '3D000': ['db_missing', 'there is no database of that name'],
  '57P03': ['loading', 'the server is starting up or shutting down'],
  '57P01': ['reset', 'an administrator ended the connection'],
  '57P02': ['reset', 'the server crashed and is recovering'],
  '57P05': ['reset', 'the server ended an idle connection'],
  '57014': ['timeout', 'the query ran into statement_timeout'],
  '55P03': ['timeout', 'the query ran into lock_timeout'],
  '25006': ['readonly', 'a write was attempted on a read-only connection'],
  '42501': ['perm', 'the role may not read this: GRANT pg_monitor'],
};

/** node-postgres' own errors have no code; these are constants of its source. */
const OWN_ERRORS: readonly (readonly [RegExp, Meaning])[] = [
  [/does not support SSL/, ['tls', 'TLS is wanted and the server has none']],
  [/establishing an SSL connection/, ['protocol', 'what answers there does not speak the PostgreSQL protocol']],
  [
    /^SASL|password must be a string/,
    ['auth', 'the server wants a password that was not given, or a way of logging in we lack'],
  ],
];
const CLOSED = /^(?:Connection terminated|Client has encountered a connection error|Client was closed)/;
const CLOSED_AT: Readonly<Record<Phase, Meaning>> = {
  connect: ['protocol', 'the connection was closed before PostgreSQL answered: is that its port?'],
  query: ['reset', 'the server closed the connection'],
};

export function pgFailure(error: unknown, phase: Phase): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = errorCodeOf(error);
  if (code === '53300') return exhausted(error);
  const text = error instanceof Error ? error.message : '';
  const network = networkFailure(error, phase);
  const meaning = network === null ? (serverError(code, text) ?? ownError(text, phase)) : null;
  const failure = meaning == null ? null : { class: meaning[0], phase, message: meaning[1] };
  return Object.assign(new ProbeFailure(failure ?? network ?? { ...unknownFailure(error), phase }), { cause: error });
}

function serverError(code: string, text: string): Meaning | undefined {
  // PgBouncer uses this code for everything it refuses; only the message tells what.
  if (code === '08P01') return ['protocol', `the server refuses: ${text.slice(0, 120)}`];
  const isSqlState = /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
  return SQLSTATES[code] ?? (isSqlState ? ['protocol', `the server answered SQLSTATE ${code}`] : undefined);
}

const ownError = (text: string, phase: Phase): Meaning | undefined =>
  OWN_ERRORS.find(([pattern]) => pattern.test(text))?.[1] ?? (CLOSED.test(text) ? CLOSED_AT[phase] : undefined);

/** C functions of the server that raise SQLSTATE 53300 for a limit. */
const LIMITS: Readonly<Record<string, readonly [string, readonly Sample[]]>> = {
  // This limit says nothing about the application's pool.
  InitializeSessionUserId: ["the role limit of the probe's own user is reached", []],
  CheckMyDatabase: ['the connection limit of the database is reached', gauges({ db_pool_exhausted: 1 })],
};
const NO_SLOT = gauges({ db_pool_exhausted: 1, pg_slots_used_ratio: 1 });

/** Tells the causes of SQLSTATE 53300 apart by the field `routine`, which is the same in every language. */
function exhausted(error: unknown): ProbeFailure {
  const routine = typeof error === 'object' && error !== null && 'routine' in error ? String(error.routine) : '';
  const [message, samples] = LIMITS[routine] ?? ['every connection slot of the server is taken', NO_SLOT];
  return new ProbeFailure({ class: 'exhausted', phase: 'connect', message }, samples);
}
