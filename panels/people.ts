/** Who is in the room and who has which role: the panel of people, and the line of roles in the header. */
import { type Incident, isEnded, needsRoles, rolesOf } from '../src/incident/incident.ts';
import { age } from '../src/incident/time.ts';
import { type Role, roleName } from '../src/incident/vocabulary.ts';
import type { Person } from '../src/protocol/messages.ts';
import { type Line, type Size, type Span, cutLine, joinLines, lineWidth, span } from '../src/terminal/text.ts';
import { personTone } from './entry.ts';
import { type Model, isHere } from './model.ts';
import type { Panel } from './panel.ts';

/** Long and short names on the header. */
const NAMES: Readonly<Record<Role, readonly [string, string]>> = {
  ic: ['IC', 'IC'],
  scribe: ['SCRIBE', 'SC'],
  comms: ['COMMS', 'COMMS'],
  ops: ['OPS', 'OPS'],
  deputy: ['DEPUTY', 'DEP'],
};

/** Does somebody have to hold it. */
const isNeeded = (incident: Incident, role: Role): boolean =>
  needsRoles(incident) && (role === 'ic' || role === 'scribe' || role === 'comms');

const vacant = (name: string, bad: boolean): Line => [
  span(`${name} `, 'dim'),
  bad ? span('!NONE', 'crit', { bold: true }) : span('--', 'dim'),
];

/** A holder, and whether they are in the room: only a live link knows. */
function holder(model: Model, name: string): readonly Span[] {
  const knows = model.link.state === 'live' && model.people.length > 0;
  return [span(name, personTone(name, model.me)), ...(knows && !isHere(model, name) ? [span(' (away)', 'warn')] : [])];
}

function parts(model: Model, incident: Incident, long: boolean): readonly Line[] {
  const lines: Line[] = [];
  const { roles, severity, ackedBy, offer } = incident;
  const lesser = severity === 'SEV-2' || severity === 'SEV-3';
  if (lesser && roles.ic === null)
    lines.push(
      ackedBy === null ? vacant('LEAD', !isEnded(incident)) : [span('LEAD ', 'dim'), ...holder(model, ackedBy)],
    );
  for (const role of ['ic', 'deputy', 'scribe', 'comms', 'ops'] as const) {
    const name = NAMES[role][long ? 0 : 1];
    const who = roles[role];
    if (who !== null) lines.push([span(`${name} `, 'dim'), ...holder(model, who)]);
    else if (isNeeded(incident, role)) lines.push(vacant(name, true));
  }
  if (offer !== null) lines.push([span('IC offered to ', 'warn'), span(offer.name, personTone(offer.name, model.me))]);
  return lines;
}

const joined = (all: readonly Line[], gap: string): Line =>
  all.flatMap((part, i) => (i === 0 ? part : [span(gap, 'dim'), ...part]));

/** Cells the roles take in their shortest form. */
export const rolesWidth = (model: Model, incident: Incident): number =>
  lineWidth(joined(parts(model, incident, false), ' · '));

/** The roles in `cols` cells: long names where they fit, then how many others are here. */
export function rolesLine(model: Model, incident: Incident, cols: number): Line {
  const short = parts(model, incident, false);
  const isVacant = (part: Line): boolean => part.some(({ text }) => text === '!NONE');
  const forms = [joined(parts(model, incident, true), '   '), joined(short, ' · ')];
  // Where not all fits, what is missing is what must be seen.
  const urgent = joined([...short.filter(isVacant), ...short.filter((part) => !isVacant(part))], ' · ');
  const line = forms.find((form) => lineWidth(form) <= cols) ?? urgent;
  const holders = new Set(Object.values(incident.roles));
  const others = model.people.filter(({ name, consoles }) => consoles > 0 && !holders.has(name)).length;
  const more: Line = others === 0 ? [] : [span(`  +${others} here`, 'dim')];
  return lineWidth(line) + lineWidth(more) <= cols ? [...line, ...more] : line;
}

const roleNames = ({ incident }: Model, name: string): string => rolesOf(incident, name).map(roleName).join(' ');

function row(person: Person, model: Model, cols: number): Line {
  const { name, consoles, observer, incident, since } = person;
  const elsewhere = incident !== null && model.incident !== null && incident !== model.incident.id;
  const more = [
    roleNames(model, name),
    observer ? 'observer' : '',
    consoles > 1 ? `${consoles} consoles` : '',
    elsewhere ? `looks at ${incident}` : '',
  ].filter((part) => part !== '');
  const left: Line = [span(name, personTone(name, model.me)), span(more.length === 0 ? '' : `  ${more.join(' · ')}`)];
  return joinLines(left, [span(age(Math.max(0, model.now - Date.parse(since))), 'dim')], cols);
}

/** Holders of a role who are not connected. */
const away = (model: Model): readonly string[] =>
  [
    ...new Set(Object.values(model.incident?.roles ?? {}).filter((name) => name !== null && !isHere(model, name))),
  ] as readonly string[];

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  if (cols < 1 || rows < 1) return [];
  if (model.link.state !== 'live') return [cutLine([span('not known while the hub is away', 'stale')], cols)];
  const missing = away(model).map((name) =>
    cutLine([span(name, personTone(name, model.me)), span(`  ${roleNames(model, name)} `), span('AWAY', 'warn')], cols),
  );
  const here = model.people.filter(({ consoles }) => consoles > 0).map((person) => row(person, model, cols));
  const all = [...missing, ...here];
  if (all.length === 0) return [cutLine([span('nobody is here', 'dim')], cols)];
  if (all.length <= rows) return all;
  return [...all.slice(0, rows - 1), cutLine([span(`+${all.length - rows + 1} more`, 'dim')], cols)];
}

export const people: Panel = {
  id: 'people',
  title: 'PEOPLE',
  letter: 'U',
  needs: [],
  order: 70,
  wants: (model) => Math.min(8, Math.max(1, model.people.length + away(model).length)),
  health: (model) => (model.link.state === 'live' && away(model).length > 0 ? 'warn' : 'none'),
  summary: (model, cols) => cutLine([span('PEOPLE ', 'title'), span(String(model.people.length))], cols),
  render,
};
