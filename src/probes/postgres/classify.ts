/** The class of an error of node-postgres or of the server, by SQLSTATE. */
import type { Sample } from '../../protocol/reading.ts';
import { errorCodeOf, networkFailure, ProbeFailure, unknownFailure, type Failure } from '../failure.ts';
import { Samples } from '../session.ts';

const SQLSTATES: Readonly<Record<string, readonly [Failure['class'], string]>> = {
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

/** `phase`: `connect`, or `query` on a connection that was open. */
export function pgFailure(error: unknown, phase: 'connect' | 'query'): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  const code = errorCodeOf(error);
  if (code === '53300') return exhausted(error);
  // PgBouncer uses this code for everything it refuses; only the message says what.
  if (code === '08P01')
    return new ProbeFailure({ class: 'protocol', phase, message: `the server refuses: ${said(error)}` });
  const known = SQLSTATES[code];
  if (known !== undefined) return new ProbeFailure({ class: known[0], phase, message: known[1] });
  if (isSqlState(code))
    return new ProbeFailure({ class: 'protocol', phase, message: `the server answered SQLSTATE ${code}` });
  return new ProbeFailure(networkFailure(error, phase) ?? ownFailure(error, phase));
}

const said = (error: unknown): string => (error instanceof Error ? error.message : '').slice(0, 120);

const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);

/** node-postgres' own errors have no code; these are constants of its source. */
function ownFailure(error: unknown, phase: 'connect' | 'query'): Failure {
  const text = error instanceof Error ? error.message : '';
  if (text.includes('does not support SSL'))
    return { class: 'tls', phase, message: 'TLS is wanted and the server has none' };
  if (text.includes('establishing an SSL connection'))
    return { class: 'protocol', phase, message: 'what answers there does not speak the PostgreSQL protocol' };
  if (text.startsWith('SASL') || text.includes('password must be a string'))
    return {
      class: 'auth',
      phase,
      message: 'the server wants a password that was not given, or a way of logging in we lack',
    };
  if (/^(?:Connection terminated|Client has encountered a connection error|Client was closed)/.test(text))
    return phase === 'connect'
      ? { class: 'protocol', phase, message: 'the connection was closed before PostgreSQL answered: is that its port?' }
      : { class: 'reset', phase, message: 'the server closed the connection' };
  return { ...unknownFailure(error), phase };
}

/**
 * SQLSTATE 53300 has three causes, told apart by the `routine` field (a C function name, the same in every language).
 * The limit of the probe's own role says nothing about the application's pool.
 */
function exhausted(error: unknown): ProbeFailure {
  const routine = typeof error === 'object' && error !== null && 'routine' in error ? error.routine : '';
  const phase = 'connect';
  if (routine === 'InitializeSessionUserId')
    return new ProbeFailure({
      class: 'exhausted',
      phase,
      message: "the role limit of the probe's own user is reached",
    });
  const samples = new Samples();
  samples.gauge('db_pool_exhausted', 1);
  if (routine === 'CheckMyDatabase')
    return new ProbeFailure(
      { class: 'exhausted', phase, message: 'the connection limit of the database is reached' },
      samples.list,
    );
  samples.gauge('pg_slots_used_ratio', 1);
  return new ProbeFailure(
    { class: 'exhausted', phase, message: 'every connection slot of the server is taken' },
    samples.list satisfies readonly Sample[],
  );
}
