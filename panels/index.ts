/** The panels. A new one is one file and one line here. */
import { alerts } from './alerts.ts';
import { header } from './header.ts';
import { healthAndOthers } from './health.ts';
import { host } from './host.ts';
import { open } from './open-items.ts';
import type { Panel } from './panel.ts';
import { people } from './people.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { timeline } from './timeline.ts';
import { websockets } from './websockets.ts';

const SYSTEMS: readonly Panel[] = [postgres, redis, websockets, host];

export const PANELS: readonly Panel[] = [header, healthAndOthers(SYSTEMS), ...SYSTEMS, timeline];

/** Panels of the incident beside the timeline, where the screen is wide enough for a third column. */
export const CONTEXT: readonly Panel[] = [alerts, open, people];
