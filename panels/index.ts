/** The panels. A new one is one file and one line here. */
import { alertsPanel } from './alerts.ts';
import { header } from './header.ts';
import { healthPanel } from './health.ts';
import { hostPanel } from './host.ts';
import { nextPanel } from './next.ts';
import { openItemsPanel } from './open-items.ts';
import type { Panels } from './panel.ts';
import { people } from './people.ts';
import { postgresPanel } from './postgres.ts';
import { redisPanel } from './redis.ts';
import type { TargetKind } from './target-health.ts';
import { timeline } from './timeline.ts';
import { triagePanel } from './triage.ts';
import { websockets } from './websockets.ts';

const OTHERS = [postgresPanel, redisPanel, websockets, hostPanel];
const SYSTEMS = [healthPanel(OTHERS.map(({ shows }) => shows.kind)), ...OTHERS];

export const PANELS: Panels = {
  header,
  timeline,
  slotted: SYSTEMS,
  context: [alertsPanel, nextPanel, openItemsPanel, triagePanel, people],
};

/** The kinds of target that have a panel. */
export const PANEL_KINDS: readonly TargetKind[] = SYSTEMS.map(({ shows }) => shows);
