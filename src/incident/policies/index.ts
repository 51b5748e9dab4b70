import type { Command } from '../command.ts';
import type { Incident } from '../incident.ts';
import { missedDeadlines } from './deadlines.ts';
import type { TimedPolicy } from './timed-policy.ts';

export const POLICIES: readonly TimedPolicy<Incident, Command>[] = [missedDeadlines];
