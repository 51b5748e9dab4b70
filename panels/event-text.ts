/** What each kind of event says in words: one sentence, the same on the screen, in `tail` and in plain mode. */
import type { Event } from '../src/incident/event.ts';
import type { NoteForm, Role } from '../src/incident/vocabulary.ts';
import { isWorse, SEVERITY_NAME } from '../src/incident/severity.ts';
import { safeText, type SafeText } from '../src/terminal/text.ts';

const FORMS: Readonly<Record<NoteForm, string>> = {
  note: '',
  finding: 'FINDING',
  hypothesis: 'HYPOTHESIS',
  decision: 'DECISION',
  question: 'Q:',
  action: 'ACTION',
};

export const roleName = (role: Role): string => (role === 'ic' ? 'IC' : role.toUpperCase());

const because = (why: string | undefined): string => (why === undefined || why === '' ? '' : ` (${why})`);

/** The event as safe text; the line ends of what people wrote stay. */
export function words(event: Event): SafeText {
  return safeText(sentence(event));
}

function sentence(event: Event): string {
  switch (event.kind) {
    case 'declared': {
      const { drill, severity, title, why } = event.data;
      const because = why === undefined ? '' : ` (${why})`;
      return `DECLARED ${severity} ${SEVERITY_NAME[severity]}${drill ? ' DRILL' : ''}: ${title}${because}`;
    }
    case 'acknowledged':
      return event.data.alert === undefined ? 'acknowledged' : `acknowledged alert ${event.data.alert}`;
    case 'noted':
      return noted(event);
    case 'severity_set': {
      const { from, to, why } = event.data;
      const way = from === to ? 'severity stays' : isWorse(to, from) ? 'severity raised' : 'severity lowered';
      return `${way} ${from} -> ${to} ${SEVERITY_NAME[to]}${because(why)}`;
    }
    case 'status_set': {
      const { from, to, why } = event.data;
      if (from === to && event.data.public !== undefined) return `PUBLIC UPDATE: ${event.data.public}${because(why)}`;
      const told = event.data.public === undefined ? '' : ` PUBLIC: ${event.data.public}`;
      return from === to ? `status stays ${to}${because(why)}${told}` : `status ${from} -> ${to}${because(why)}${told}`;
    }
    case 'public_updated': {
      const { text, updateDueAt } = event.data;
      return `PUBLIC: ${text}${updateDueAt === null ? '' : ` (next by ${updateDueAt.slice(11, 16)}Z)`}`;
    }
    case 'role_assigned': {
      const { role, name, from, why } = event.data;
      const before = from === null || from === name ? '' : `, was ${from}`;
      return `role ${roleName(role)} -> ${name}${before}${because(why)}`;
    }
    case 'role_released':
      return `role ${roleName(event.data.role)} released by ${event.data.name}`;
    case 'role_offered':
      return `role ${roleName(event.data.role)} offered by ${event.data.from} to ${event.data.name}`;
    case 'role_declined':
      return `role ${roleName(event.data.role)} declined by ${event.data.name}`;
    case 'amended': {
      const { text, at, why } = event.data;
      const moved = at === undefined ? '' : ` time is ${at}`;
      return `amended #${event.ref ?? '?'}${moved}${text === undefined ? '' : `: ${text}`}${because(why)}`;
    }
    case 'retracted':
      return `retracted #${event.ref ?? '?'}${because(event.data.why)}`;
    case 'pinned':
      return `${event.data.pinned ? 'pinned' : 'unpinned'} #${event.ref ?? '?'}`;
    case 'alert_changed': {
      const { rule, to, summary, severity } = event.data;
      const state = to === 'firing' ? `ALARM ${severity}` : `alert ${to.replace('_', ' ')}`;
      // Most summaries begin with the rule's name; saying it once is enough.
      if (summary.toLowerCase().startsWith(rule.toLowerCase())) return `${state} ${summary}`;
      return `${state} ${rule}${summary === '' ? '' : `: ${summary}`}`;
    }
    case 'change_marked': {
      const { what, by, link } = event.data;
      return `changed: ${what}${by === undefined ? '' : ` by ${by}`}${link === undefined ? '' : ` ${link}`}`;
    }
    default:
      return unknown(event);
  }
}

function noted(event: Event<'noted'>): string {
  const { form, text, to, due, closes } = event.data;
  const re = event.ref === undefined ? '' : closes ? `closes #${event.ref}:` : `re #${event.ref}:`;
  // People often write the name and the time into the text as well.
  const whom = to === undefined || text.startsWith(`@${to}`) ? '' : `@${to}`;
  const isSaid = /\b(?:due|by)\s+\S+$/i.test(text);
  const until = due === undefined ? '' : `(${isSaid ? '' : 'due '}${due.slice(11, 16)}Z)`;
  return [FORMS[form], re, whom, text, until].filter((part) => part !== '').join(' ');
}

/** An event of a later version: it keeps its place in the record, and is named. */
function unknown(event: never): string {
  const kind: unknown = (event as { readonly kind?: unknown }).kind;
  return `an entry of a kind this version does not know: ${String(kind)}`;
}
