/** Entries of a timeline that was kept elsewhere, taken over with their times, and taken back as one. */
import * as v from 'valibot';
import { command, drafting, event } from '../context.ts';
import { refuse } from '../decision.ts';
import { instant, short, TEXT_LIMITS, textShape, time, whole } from '../shapes.ts';
import { CLOCK_TOLERANCE_MS } from '../time.ts';
import { UNCHANGED } from '../topic.ts';
import { counted } from '../words.ts';
import { notesTopic } from './notes.ts';

/** Entries of one import. */
export const IMPORT_MOST = 200;

const events = {
  /** The `count` entries after it came with it; whoever retracts it retracts them, so that it is bounded in every record. */
  imported: event({
    shape: v.object({ source: v.string(), count: v.pipe(whole(1), v.maxValue(IMPORT_MOST)), from: time, to: time }),
    mark: () => 'people',
    finds: ['import'],
    fold: () => UNCHANGED,
    sentence: ({ data: { source, count, from, to } }) =>
      `imported ${counted(count, 'entry', 'entries')} of ${source}, from ${from.slice(0, 16)}Z to ${to.slice(0, 16)}Z`,
  }),
};
const draft = drafting(events);
const noteDraft = drafting(notesTopic.events);

export const importsTopic = {
  events,
  commands: {
    import_entries: command({
      shape: v.object({
        source: short(TEXT_LIMITS.title),
        entries: v.pipe(
          v.array(v.object({ at: instant, text: textShape })),
          v.maxLength(IMPORT_MOST, `an import has at most ${IMPORT_MOST} entries`),
          v.readonly(),
        ),
      }),
      pending: ({ source, entries }) => `import ${entries.length} entries of ${source}`,
      decide(state, { source, entries }, context) {
        if (source.trim() === '') return refuse('invalid', 'say where the entries come from');
        if (entries.length === 0) return refuse('invalid', 'an import has entries');
        const times = entries.map(({ at }) => new Date(at).toISOString()).sort();
        const [from = '', to = ''] = [times[0], times.at(-1)];
        if (Date.parse(to) > Date.parse(context.now) + CLOCK_TOLERANCE_MS)
          return refuse('invalid', `${to} is in the future; the hub has ${context.now}`);
        if (entries.some(({ text }) => text.trim() === '')) return refuse('invalid', 'an entry needs words');
        const head = { source: source.trim(), count: entries.length, from, to };
        return [
          draft(state, context, 'imported', head),
          ...entries.map(({ at, text }) => ({
            ...noteDraft(state, context, 'noted', { text: text.trimEnd(), form: 'note' as const }, { at }),
            via: 'import' as const,
          })),
        ];
      },
    }),
  },
};
