/** Tells a retry of a command from another command under the same number. */
import { hash } from 'node:crypto';
import type { Command } from '../incident/command.ts';

/**
 * Sha256 of the command and the incident it is for; null: an incident to be. The order of keys in the message does not
 * matter: a validated command has them in the order of its shape.
 */
export const fingerprint = (incident: string | null, command: Command): string =>
  hash('sha256', JSON.stringify([incident, command]), 'hex');
