/** `warroom list`: the incidents of the hub. */
import { isoTime, type Zone } from '../../incident/time.ts';
import { isEnded } from '../../incident/incident.ts';
import type { IncidentSummary } from '../../protocol/messages.ts';
import { oneLine } from '../../terminal/text.ts';
import { print, zoneOf, type CliCommand } from '../command.ts';
import { readingSession } from '../session.ts';

export default {
  usage: 'list [--all]',
  about: 'open incidents; with --all the ended ones too',
  words: 0,
  run: (context) =>
    readingSession(context, async ({ client: { view } }) => {
      const { incidents: all, damaged } = view;
      for (const { incident, reason } of damaged) context.err(`${incident} is damaged and not served: ${reason}`);
      const shown = context.on('all') ? all : all.filter((incident) => !isEnded(incident));
      // `incident`, because `declare` and `show` name the id so; `id` for scripts of earlier versions.
      const json = shown.map((one) => ({ incident: one.id, ...one }));
      print(context, json, table(shown, zoneOf(context)));
      if (shown.length === 0 && !context.json)
        context.err(all.length === 0 ? 'no incidents' : 'no incident is open (--all lists the ended ones)');
    }),
} satisfies CliCommand;

function table(incidents: readonly IncidentSummary[], zone: Zone): readonly string[] {
  const widest = Math.max(...incidents.map(({ id }) => id.length));
  return incidents.map(({ id, severity, status, title, lead, drill, declaredAt }) => {
    const more = `${drill ? '  DRILL' : ''}${lead === null ? '' : `  (${oneLine(lead)})`}`;
    return `${id.padEnd(widest)}  ${severity} ${status.padEnd(13)} ${isoTime(Date.parse(declaredAt), zone, false)}  ${oneLine(title)}${more}`;
  });
}
