/** Who may command here, in words: the same rule the hub decides by, so that a refusal is no surprise. */
import { mayCommand } from '../../incident/incident.ts';
import type { View } from '../view.ts';

/** Why `view.me` may not do what only the commander does; null when they may. `does`: `sets the severity`. */
export function authority(view: View, does: string): string | null {
  const { incident, me } = view;
  if (incident === null || mayCommand(incident, me)) return null;
  const { ic, deputy } = incident.roles;
  const boss = ic ?? deputy;
  if (boss !== null) return `only the IC ${does}; that is ${boss}`;
  return `only the lead ${does}; that is ${incident.ackedBy ?? 'nobody'}, or take command: /role ic me`;
}
