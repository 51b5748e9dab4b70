/** Tells a retry of a command from another command under the same number. */
import { hash } from 'node:crypto';
import type { Command } from '../incident/command.ts';

/** Sha256 of the command and the incident it is for, whatever the order of its keys. Null: an incident to be. */
export const fingerprint = (incident: string | null, command: Command): string =>
  hash('sha256', canonical({ incident, command }), 'hex');

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}
