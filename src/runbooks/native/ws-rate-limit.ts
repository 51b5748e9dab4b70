/** Limits new connections on every server, reads it back, and looks whether they stay below it. */
import { settingStep } from './http-setting.ts';
import { countParam } from './params.ts';
import type { StepContext } from './step.ts';
import { ratePerSecond, serversOf, total, watch } from './ws-servers.ts';

const WATCHED_MS = 2000;

function limited(context: StepContext): ReturnType<typeof serversOf> {
  limitOf(context.params);
  return serversOf(context);
}

export const step = settingStep(limited, 'servers', async (context, text) => {
  const servers = serversOf(context);
  const seen = await watch(context, servers, WATCHED_MS);
  const opened = total(seen, (one) => ratePerSecond(one, 'ws_connections_opened'));
  const errors = total(seen, (one) => ratePerSecond(one, 'ws_connection_errors'));
  const words = [
    opened === null
      ? 'how many are opened is not known: not every server counts them'
      : `${opened.toFixed(1)} opened a second`,
    errors === null ? null : `${errors.toFixed(1)} errors a second`,
  ];
  const isBelow = opened === null || opened <= limitOf(context.params) * servers.length;
  return { state: isBelow ? 'ok' : 'pending', text: [text, ...words].filter((word) => word !== null).join(', ') };
});

/** `null` takes the limit back. */
const limitOf = (params: Readonly<Record<string, string>>): number =>
  params['connections'] === 'null' ? Infinity : countParam({ params }, 'connections');
