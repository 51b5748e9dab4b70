/** Tells a retry of a command from another command under the same number. */
import { hash } from 'node:crypto';
import type { Command } from '../incident/command.ts';

/** Sha256 of the command and the incident it is for, whatever the order of its keys. Null: an incident to be. */
export const fingerprint = (incident: string | null, command: Command): string =>
  hash('sha256', canonical({ incident, command }), 'hex');

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort())
    if (fields[key] !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(fields[key])}`;
  return `{${text}}`;
}
