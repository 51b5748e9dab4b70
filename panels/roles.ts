/** Who has which role, as one line: what is vacant and must not be is said aloud. */
import { lineWidth, span, type Line, type Span } from '../src/terminal/text.ts';
import type { Role } from '../src/incident/vocabulary.ts';
import { isEnded, needsRoles, type Incident } from '../src/incident/incident.ts';
import { personTone } from './entry.ts';
import { isHere, type Model } from './model.ts';

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
  const more: Line = others === 0 ? [] : [span(`  +${others}`, 'dim')];
  return lineWidth(line) + lineWidth(more) <= cols ? [...line, ...more] : line;
}
