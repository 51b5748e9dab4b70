/** The panels. A new one is one file and one line here. */
import { alertsPanel } from './alerts.ts';
import { header } from './header.ts';
import { healthAndOthers, healthPanel } from './health.ts';
import { hostPanel } from './host.ts';
import { nextPanel } from './next.ts';
import { openItemsPanel } from './open-items.ts';
import type { Panel } from './panel.ts';
import { people } from './people.ts';
import { postgresPanel } from './postgres.ts';
import { redisPanel } from './redis.ts';
import type { TargetKind } from './target-health.ts';
import type { TargetPanel } from './target-panel.ts';
import { timeline } from './timeline.ts';
import { triagePanel } from './triage.ts';
import { websockets } from './websockets.ts';

const SYSTEMS: readonly TargetPanel[] = [postgresPanel, redisPanel, websockets, hostPanel];

export const PANELS: readonly Panel[] = [header, healthAndOthers(SYSTEMS), ...SYSTEMS, timeline];

/** The kinds of target that have a panel. */
export const KINDS: readonly TargetKind[] = [healthPanel, ...SYSTEMS].map(({ shows }) => shows);

/** Panels of the incident, beside the timeline on wide screens. */
export const CONTEXT: readonly Panel[] = [alertsPanel, nextPanel, openItemsPanel, triagePanel, people];
