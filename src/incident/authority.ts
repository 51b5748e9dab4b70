/** Who may do what in an incident, and the words for who may not. */
import { refuse, type Refusal } from './decision.ts';
import type { Incident } from './incident.ts';
import type { Role } from './vocabulary.ts';

/** May `name` set severity and status and assign roles: the IC and the deputy; the lead, or anyone, while nobody commands. */
export function mayCommand(incident: Incident, name: string): boolean {
  const { ic, deputy } = incident.roles;
  if (ic === null && deputy === null) return incident.ackedBy === null || incident.ackedBy === name;
  return ic === name || deputy === name;
}

/** May `name` say what the public is told: COMMS too. */
export const mayTell = (incident: Incident, name: string): boolean =>
  incident.roles.comms === name || mayCommand(incident, name);

/** Why somebody who does not command may not do it: `only the IC sets severity; the IC is ana`. `does`: `sets severity`. */
export function onlyTheCommander({ roles, ackedBy }: Incident, does: string): string {
  const boss = roles.ic ?? roles.deputy ?? ackedBy;
  const who = roles.ic === null && roles.deputy === null ? `${boss} leads` : `the IC is ${boss}`;
  return `only the IC ${does}; ${who}`;
}
export const notYours = (incident: Incident, does: string): Refusal =>
  refuse('forbidden', onlyTheCommander(incident, does));

/** ` (ana at 14:02:11Z)`: who last set it; empty when nobody did. */
export function whoSet(state: Incident, what: 'severity' | 'status' | Role): string {
  const last = state.lastSet[what];
  return last === undefined ? '' : ` (${last.by} at ${last.at.slice(11, 19)}Z)`;
}
