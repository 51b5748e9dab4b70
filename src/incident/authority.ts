/** Permissions in an incident, and the words of a refusal. */
import { refuse, type Refusal } from './decision.ts';
import type { Incident } from './incident.ts';
import type { Role } from './vocabulary.ts';

/** IC or deputy; with neither, whoever acknowledged, or anyone. */
export function mayCommand(incident: Incident, name: string): boolean {
  const { ic, deputy } = incident.roles;
  if (ic === null && deputy === null) return incident.ackedBy === null || incident.ackedBy === name;
  return ic === name || deputy === name;
}

/** May `name` publish updates? */
export const mayTell = (incident: Incident, name: string): boolean =>
  incident.roles.comms === name || mayCommand(incident, name);

/** `only the IC sets the severity; the IC is ana`; `does`: `sets the severity`. */
export function onlyTheCommander({ roles: { ic, deputy }, ackedBy }: Incident, does: string): string {
  const who =
    ic !== null ? `the IC is ${ic}` : deputy !== null ? `the deputy is ${deputy}` : `${ackedBy ?? 'nobody'} leads`;
  return `only the IC ${does}; ${who}`;
}
export const notYours = (incident: Incident, does: string): Refusal =>
  refuse('forbidden', onlyTheCommander(incident, does));

/** Why `name` may not hand over command; null: they may. */
export function mayNotHandOver(incident: Incident, name: string): string | null {
  const { ic } = incident.roles;
  if (ic === name) return null;
  return ic === null ? 'nobody is IC: take command instead' : onlyTheCommander(incident, 'hands over command');
}

/** ` (ana at 14:02:11Z)`: who set it last; empty: nobody. */
export function whoSet(state: Incident, what: 'severity' | 'status' | Role): string {
  const last = state.lastSet[what];
  return last === undefined ? '' : ` (${last.by} at ${last.at.slice(11, 19)}Z)`;
}
