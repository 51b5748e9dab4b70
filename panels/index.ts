/** The panels. A new one is one file and one line here. */
import { header } from './header.ts';
import { health } from './health.ts';
import { host } from './host.ts';
import type { Panel } from './panel.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';
import { timeline } from './timeline.ts';
import { websockets } from './websockets.ts';

export const PANELS: readonly Panel[] = [header, health, postgres, redis, websockets, host, timeline];
