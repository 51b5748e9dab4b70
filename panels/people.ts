/** Who is in the room: role, since when, and who holds a role without being here. */
import { rolesOf } from '../src/incident/incident.ts';
import { age } from '../src/incident/time.ts';
import type { Person } from '../src/protocol/messages.ts';
import { cutLine, joinLines, span, type Line, type Size } from '../src/terminal/text.ts';
import { personTone } from './entry.ts';
import { isHere, type Model } from './model.ts';
import type { Panel } from './panel.ts';
import { roleName } from '../src/incident/vocabulary.ts';

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
