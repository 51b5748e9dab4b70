/** The panels. A new one is one file and one line here. */
import { alertsPanel } from './alerts.ts';
import { header } from './header.ts';
import { healthAndOthers } from './health.ts';
import { hostPanel } from './host.ts';
import { nextPanel } from './next.ts';
import { openItemsPanel } from './open-items.ts';
import type { Panel } from './panel.ts';
import { people } from './people.ts';
import { postgresPanel } from './postgres.ts';
import { redisPanel } from './redis.ts';
import { timeline } from './timeline.ts';
import { triagePanel } from './triage.ts';
import { websockets } from './websockets.ts';

const SYSTEMS: readonly Panel[] = [postgresPanel, redisPanel, websockets, hostPanel];

export const PANELS: readonly Panel[] = [header, healthAndOthers(SYSTEMS), ...SYSTEMS, timeline];

/** Panels of the incident, beside the timeline on wide screens. */
export const CONTEXT: readonly Panel[] = [alertsPanel, nextPanel, openItemsPanel, triagePanel, people];
