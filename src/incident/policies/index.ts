/** Every policy of an incident. A new one is one file and one line here. */
import type { Command } from '../command.ts';
import type { Incident } from '../incident.ts';
import { missedDeadlines } from './deadlines.ts';
import { objectionsOver } from './decisions.ts';
import type { TimedPolicy } from './timed-policy.ts';

export const POLICIES: readonly TimedPolicy<Incident, Command>[] = [missedDeadlines, objectionsOver];
