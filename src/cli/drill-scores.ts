/** `warroom drill --scores`: how people did in drills over time, from the records. */
import { scoreLines, type DrillScore } from '../incident/drill-score.ts';
import { isoTime } from '../incident/time.ts';
import { counted } from '../incident/words.ts';
import { verifyRecord } from '../log/verify.ts';
import { EXIT, print, zoneOf, type CliContext } from './command.ts';
import { recordedIds } from './data-folder.ts';

interface Scored {
  readonly incident: string;
  readonly at: string;
  readonly score: DrillScore;
}

/** By person, and all of them as the team; only who took part. Drills that the program played are nobody's. */
export async function scores(context: CliContext, dataDir: string): Promise<number> {
  const found: Scored[] = [];
  for (const id of recordedIds(dataDir)) {
    const { bad } = await verifyRecord(`${dataDir}/incidents/${id}`, {
      fold({ kind, incident, at, data }) {
        if (kind === 'drill_scored' && data.score.auto !== true) found.push({ incident, at, score: data.score });
      },
    });
    if (bad !== null) context.err(`${bad.file}:${bad.line}: ${bad.reason}; the score there may be missing`);
  }
  found.sort((a, b) => (a.at < b.at ? -1 : 1));
  const people = [...new Set(found.flatMap(({ score }) => score.people))].sort();
  const of = (person: string): readonly Scored[] => found.filter(({ score }) => score.people.includes(person));
  const began = ({ at, score }: Scored): string =>
    `    ${isoTime(Date.parse(at), zoneOf(context), false)}  ${score.drill}  `;
  const whole = (one: Scored): string => `${began(one)}${scoreLines(one.score).join(' · ')}  (${one.incident})`;
  const brief = (one: Scored): string => {
    const { steps, wrong, hints } = one.score;
    const met = steps.filter((step) => step.met).length;
    return `${began(one)}${met} of ${steps.length} in time, ${counted(wrong.length, 'wrong move')}, ${counted(hints, 'hint')}`;
  };
  print(context, { team: found, people: Object.fromEntries(people.map((name) => [name, of(name)])) }, [
    ...(found.length === 0 ? ['nobody has rehearsed yet: warroom drill'] : ['team', ...found.map(whole)]),
    ...people.flatMap((name) => [name, ...of(name).map(brief)]),
  ]);
  return EXIT.ok;
}
