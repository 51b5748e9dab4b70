/**
 * The commonest message of all, an entry that is only text, read without its schema: the same answer at a third of the
 * cost. Anything else, and anything that is off, is left to the schema.
 */
import { LIMITS } from '../incident/decision.ts';
import { INCIDENT_ID } from '../incident/incident-id.ts';
import { isObject } from '../incident/event-codec.ts';
import type { ToHub } from './messages.ts';
import { ULID } from './shapes/parts.ts';

/** The message, as `readToHub` answers it; null: ask the schema. */
export function plainNote(raw: unknown): ToHub | null {
  if (!isObject(raw) || raw['type'] !== 'command') return null;
  const { n, id, incident, command } = raw;
  if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 1) return null;
  if (typeof id !== 'string' || !ULID.test(id)) return null;
  if (typeof incident !== 'string' || !INCIDENT_ID.test(incident)) return null;
  if (!isObject(command) || command['kind'] !== 'note') return null;
  const { text } = command;
  if (typeof text !== 'string' || text.length > LIMITS.text) return null;
  for (const key in command) if (key !== 'kind' && key !== 'text') return null;
  return { type: 'command', n, id, incident, command: { kind: 'note', text } };
}
