/** Who is in the room and who has which role: the panel of people, and the line of roles in the header. */
import { type Incident, isEnded, needsRoles, rolesOf } from '../src/incident/incident.ts';
import { age } from '../src/incident/time.ts';
import { type Role, roleName } from '../src/incident/vocabulary.ts';
import type { Person } from '../src/protocol/messages.ts';
import { type Line, type Size, cutLine, joinLines, lineWidth, span } from '../src/terminal/text.ts';
import { personTone } from './entry.ts';
import { joinWords, limited, separated, textRow } from './lines.ts';
import { type Model, isHere } from './model.ts';
import type { Panel } from './panel.ts';

const SHORT: Readonly<Partial<Record<Role, string>>> = { scribe: 'SC', deputy: 'DEP' };

/** `IC ana`: a role and who holds it. Only a live link knows that the holder is away. */
function roleWords(model: Model, title: string, holder: string | null, isNeeded: boolean): Line {
  const name = span(`${title} `, 'dim');
  if (holder === null) return [name, isNeeded ? span('!NONE', 'crit', { bold: true }) : span('--', 'dim')];
  const isAway = model.link.state === 'live' && model.people.length > 0 && !isHere(model, holder);
  return [name, span(holder, personTone(holder, model.me)), span(isAway ? ' (away)' : '', 'warn')];
}

function parts(model: Model, incident: Incident, long: boolean): readonly Line[] {
  const { roles, severity, ackedBy, offer } = incident;
  const isLed = (severity === 'SEV-2' || severity === 'SEV-3') && roles.ic === null;
  const isNeeded = (role: Role): boolean => needsRoles(incident) && ['ic', 'scribe', 'comms'].includes(role);
  return [
    ...(isLed ? [roleWords(model, 'LEAD', ackedBy, !isEnded(incident))] : []),
    ...(['ic', 'deputy', 'scribe', 'comms', 'ops'] as const)
      .filter((role) => roles[role] !== null || isNeeded(role))
      .map((role) => roleWords(model, (long ? undefined : SHORT[role]) ?? roleName(role), roles[role], true)),
    ...(offer === null ? [] : [[span('IC offered to ', 'warn'), span(offer.name, personTone(offer.name, model.me))]]),
  ];
}

const DOT = span(' · ', 'dim');

/** Cells the roles take in their shortest form. */
export const rolesWidth = (model: Model, incident: Incident): number =>
  lineWidth(separated(parts(model, incident, false), DOT));

/** The roles in `cols` cells: long names where they fit, then how many others are here. */
export function rolesLine(model: Model, incident: Incident, cols: number): Line {
  const short = parts(model, incident, false);
  const isVacant = (part: Line): boolean => part.some(({ text }) => text === '!NONE');
  // Where not all fits, vacant roles come first.
  const urgent = [...short.filter(isVacant), ...short.filter((part) => !isVacant(part))];
  const forms = [separated(parts(model, incident, true), span('   ')), separated(short, DOT), separated(urgent, DOT)];
  const line = forms.find((form) => lineWidth(form) <= cols) ?? forms.at(-1)!;
  const holders = new Set(Object.values(incident.roles));
  const others = model.people.filter(({ name, consoles }) => consoles > 0 && !holders.has(name)).length;
  const more = [...line, span(`  +${others} here`, 'dim')];
  return others === 0 || lineWidth(more) > cols ? line : more;
}

const roleNames = ({ incident }: Model, name: string): string => rolesOf(incident, name).map(roleName).join(' ');

function row({ name, consoles, observer, incident, since }: Person, model: Model, cols: number): Line {
  const elsewhere = incident !== null && model.incident !== null && incident !== model.incident.id;
  const more = joinWords(
    [
      roleNames(model, name),
      observer ? 'observer' : '',
      consoles > 1 ? `${consoles} consoles` : '',
      elsewhere ? `looks at ${incident}` : '',
    ],
    ' · ',
  );
  const left: Line = [span(name, personTone(name, model.me)), span(more === '' ? '' : `  ${more}`)];
  return joinLines(left, [span(age(model.now - Date.parse(since)), 'dim')], cols);
}

/** Holders of a role who are not connected. */
const away = (model: Model): readonly string[] =>
  [...new Set(Object.values(model.incident?.roles ?? {}))].flatMap((name) =>
    name === null || isHere(model, name) ? [] : [name],
  );

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  if (model.link.state !== 'live') return [textRow('not known while the hub is away', cols, 'stale')];
  const missing = away(model).map((name) =>
    cutLine([span(name, personTone(name, model.me)), span(`  ${roleNames(model, name)} `), span('AWAY', 'warn')], cols),
  );
  const here = model.people.filter(({ consoles }) => consoles > 0).map((person) => row(person, model, cols));
  if (missing.length + here.length === 0) return [textRow('nobody is here', cols)];
  return limited([...missing, ...here], rows, (hidden) => textRow(`+${hidden.length} more`, cols));
}

export const people: Panel = {
  id: 'people',
  title: 'PEOPLE',
  letter: 'U',
  wants: (model) => Math.min(8, Math.max(1, model.people.length + away(model).length)),
  health: (model) => (model.link.state === 'live' && away(model).length > 0 ? 'warn' : 'none'),
  summary: (model, cols) => cutLine([span('PEOPLE ', 'title'), span(String(model.people.length))], cols),
  render,
};
