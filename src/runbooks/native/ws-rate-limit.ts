/** Limits new connections on every server, reads it back, and looks whether they stay below it. */
import { applySetting, changesOf, previewSetting, readBack } from './http-setting.ts';
import { countParam } from './params.ts';
import type { MutateStep } from './step.ts';
import { serversOf, watch } from './ws-servers.ts';

const WATCHED_MS = 2000;

export const step: MutateStep = {
  kind: 'mutate',
  batch: 1,

  preview: async (context) => {
    limitOf(context.params);
    return previewSetting(context, changesOf(context, serversOf(context)), 'servers');
  },

  apply: async (context, preview, onBatch) =>
    applySetting(context, changesOf(context, serversOf(context)), preview, onBatch),

  verify: async (context, preview) => {
    const servers = serversOf(context);
    const { isSet, text } = await readBack(context, changesOf(context, servers), preview);
    if (!isSet) return { state: 'failed', text };
    const seen = await watch(context, servers, WATCHED_MS);
    const rate = (metric: string): number | null => {
      const grown = seen.map((one) => ({ count: one.grown(metric), seconds: one.seconds }));
      if (grown.some(({ count }) => count === null)) return null;
      return grown.reduce((all, { count, seconds }) => all + (count ?? 0) / seconds, 0);
    };
    const [opened, errors] = [rate('ws_connections_opened'), rate('ws_connection_errors')];
    const words = [
      opened === null
        ? 'how many are opened is not known: not every server counts them'
        : `${opened.toFixed(1)} opened a second`,
      errors === null ? null : `${errors.toFixed(1)} errors a second`,
    ];
    const isBelow = opened === null || opened <= limitOf(context.params) * servers.length;
    return { state: isBelow ? 'ok' : 'pending', text: [text, ...words].filter((word) => word !== null).join(', ') };
  },
};

/** `null` takes the limit back. */
const limitOf = (params: Readonly<Record<string, string>>): number =>
  params['connections'] === 'null' ? Infinity : countParam({ params }, 'connections');
