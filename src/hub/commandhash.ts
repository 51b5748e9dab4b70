/** Tells a retry of a command from another command under the same number. */
import { hash } from 'node:crypto';
import type { AnyCommand } from '../incident/topic.ts';

/**
 * Half a sha256 of the command and the incident it is for; null: an incident to be. The order of keys in the message
 * does not matter: a validated command has them in the order of its shape. Each part is told with its length, so that
 * no two commands read the same.
 */
export function commandHash(incident: string | null, command: AnyCommand): string {
  let said = incident ?? '';
  for (const key in command) {
    const value: unknown = command[key];
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (text !== undefined) said += ` ${key} ${typeof value} ${text.length} ${text}`;
  }
  return hash('sha256', said, 'base64url').slice(0, 22);
}
