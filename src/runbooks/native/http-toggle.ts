/** Sets a switch at an address, and reads it back. */
import { applySetting, changesOf, previewSetting, readBack } from './http-setting.ts';
import type { MutateStep } from './step.ts';

export const step: MutateStep = {
  kind: 'mutate',
  batch: 1,
  preview: async (context) => previewSetting(context, changesOf(context, null), 'switches'),
  apply: async (context, preview, onBatch) => applySetting(context, changesOf(context, null), preview, onBatch),
  verify: async (context, preview) => {
    const { isSet, text } = await readBack(context, changesOf(context, null), preview);
    return { state: isSet ? 'ok' : 'failed', text };
  },
};
