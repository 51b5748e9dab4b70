/** What is owed after incidents: postmortems and action items, the first to fall due first; for the idle room and as a list. Pure. */
import type { FollowUp } from '../incident/follow-up.ts';
import { spanInWords } from '../incident/time.ts';
import { bare } from '../../panels/open-items.ts';
import { counted } from '../incident/words.ts';
import { type Line, cut, cutLine, glyphs, joinLines, lineWidth, padLine, span } from '../terminal/text.ts';
import { openPostmortem } from './actions/postmortem.ts';
import { begin } from './dispatch.ts';
import { listOver, type OpenList } from './open-list.ts';
import type { TimeView } from './oncall-lines.ts';
import { type Listing, type Ui, type UiChange, withEffect } from './state.ts';
import type { View } from './view.ts';

interface Owed {
  readonly incident: string;
  readonly title: string;
  readonly text: string;
  readonly due: string | null;
  /** Of an action item: its number, and whose it is. Null: it is a postmortem. */
  readonly action: { readonly seq: number; readonly owner: string | null } | null;
}

export function owedOf({ actions, postmortems }: FollowUp): readonly Owed[] {
  const owed = [
    ...postmortems.flatMap(({ incident, title, dueAt, publishedAt }): readonly Owed[] =>
      publishedAt === null ? [{ incident, title, text: title, due: dueAt, action: null }] : [],
    ),
    ...actions.map(({ incident, title, seq, owner, text: said, due, ticket }): Owed => {
      const text = bare({ text: said, due }, owner ?? '');
      const tracked = ticket === null || text.includes(ticket) ? text : `${text} [${ticket}]`;
      return { incident, title, text: tracked, due, action: { seq, owner } };
    }),
  ];
  return owed.sort((a, b) => ((a.due ?? '~') < (b.due ?? '~') ? -1 : 1));
}

export const isLate = ({ due }: Owed, now: number): boolean => due !== null && Date.parse(due) <= now;

/** `1 postmortem and 2 actions late, 3 more due`. */
export function owedInWords(owed: readonly Owed[], now: number): string {
  const late = owed.filter((one) => isLate(one, now));
  const posts = late.filter(({ action }) => action === null).length;
  const count = (many: number, what: string): readonly string[] => (many === 0 ? [] : [counted(many, what)]);
  const words = [...count(posts, 'postmortem'), ...count(late.length - posts, 'action')].join(' and ');
  const rest = owed.length - late.length;
  if (late.length === 0) return rest === 0 ? 'nothing is left of earlier incidents' : `${rest} open, none late`;
  return `${words} late${rest === 0 ? '' : `, ${rest} more open`}`;
}

/** `9 h`, `LATE 2 d`, `Mon`: until when. */
const DUE_COLS = 17;
const WHAT_COLS = 12;
const NARROW = 60;

export function owedRow(one: Owed, { now, ascii }: TimeView & { readonly ascii: boolean }, cols: number): Line {
  const { due, text, title, action } = one;
  const left = due === null ? 0 : Date.parse(due) - now;
  const late = isLate(one, now);
  const when = due === null ? 'no date' : late ? `LATE ${spanInWords(left)}` : `in ${spanInWords(left)}`;
  const what = action === null ? 'postmortem' : (action.owner ?? 'nobody');
  const whom = span(
    cut(what, WHAT_COLS - 1).padEnd(cols < NARROW ? 0 : WHAT_COLS - 1) + ' ',
    action !== null && action.owner === null ? 'warn' : 'info',
  );
  const head: Line = [
    span(`${late ? glyphs(ascii).warn : ' '} `, 'warn'),
    ...padLine(
      [span(when, late ? 'warn' : 'plain', late ? { bold: true } : {})],
      cols < NARROW ? when.length + 1 : DUE_COLS,
    ),
  ];
  const row: Line = [...head, whom, span(text)];
  const about: Line = action === null ? [] : [span(`  ${title} #${action.seq}`, 'dim')];
  // What it is comes before where it is from.
  return lineWidth([...row, ...about]) <= cols ? joinLines(row, about, cols) : cutLine(row, cols);
}

/** The list: Enter goes to the incident, and where that is shown opens its postmortem, or settles the item. */
export function owedList(ui: Ui, listing: Listing, view: View): OpenList {
  const owed = view.followUp === undefined ? [] : owedOf(view.followUp);
  return listOver(owed, listing, {
    title: `LEFT TO DO   ${owed.length > 0 ? owedInWords(owed, view.now) : ''}`.trimEnd(),
    row: (one, cols) => owedRow(one, { now: view.now, zone: ui.zone, ascii: ui.ascii }, cols),
    none:
      view.link.state === 'live' && view.followUp !== undefined
        ? 'nothing is left of earlier incidents'
        : 'not known now',
    does({ incident, title, action }) {
      const hint = `${title}   ${incident}`;
      if (action === null) return { hint, keys: 'Enter write it', enter: () => openPostmortem(ui, incident, view) };
      const about = { hint: `${hint} #${action.seq}` };
      if (incident !== view.incident?.id)
        return {
          ...about,
          keys: 'Enter look at its incident',
          enter: () => withEffect(ui, { do: 'follow', incident }),
        };
      const form = (name: string): UiChange => begin(ui, name, view, { ref: `#${action.seq}` });
      return {
        ...about,
        keys: 'Enter settle it   c owner, date, ticket',
        enter: () => form('done'),
        other: ({ name }) => (name === 'c' ? form('assign') : null),
      };
    },
  });
}
