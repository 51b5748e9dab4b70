/** `warroom postmortem`: the handbook's template filled from the record; written in an editor, published, or as a file. */
import path from 'node:path';
import { allBlameHints, type BlameHint } from '../../incident/blameless.ts';
import { isEnded } from '../../incident/incident.ts';
import { emptySections, SECTION_IDS, SECTIONS, titlesOf } from '../../incident/postmortem.ts';
import { postmortemOf, type PostmortemFacts } from '../../report/postmortem.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, Exit, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { pickIncident } from '../queries.ts';
import { confirmed, report, send } from '../send-command.ts';
import { readingHere, writingNow, type Reader } from '../session.ts';
import { writeResult } from '../write-file.ts';
import { recordOf, reportOfRecord, toStdout } from './record.ts';

export default {
  usage: 'postmortem [--edit | --publish | --out FILE]',
  about: 'the postmortem, filled from the record; --edit opens $VISUAL or $EDITOR, FILE.html is a page',
  async run(context) {
    const out = context.text('out');
    const [edits, publishes] = [context.on('edit'), context.on('publish')];
    if (Number(edits) + Number(publishes) + Number(out !== undefined) > 1)
      throw context.wrong('one of --edit, --publish and --out');
    if (edits) return (await import('../edit-postmortem.ts')).editPostmortem(context);
    if (publishes) return publish(context);
    return show(context, await readingHere(context, (reader) => factsFrom(context, reader)), out);
  },
} satisfies CliCommand;

type Facts = PostmortemFacts & { readonly people: readonly string[] };

async function show(context: CliContext, facts: Facts, out: string | undefined): Promise<number> {
  const { postmortemMarkdown, postmortemHtml } = await import('../../report/postmortem-markdown.ts');
  const isPage = /\.html?$/i.test(out ?? '');
  const text = isPage ? postmortemHtml(facts) : postmortemMarkdown(facts);
  sayHints(context, hintsOf(facts));
  if (out === undefined) {
    if (context.json) print(context, jsonOf(facts, text), []);
    else toStdout(context, Buffer.from(text));
    return EXIT.ok;
  }
  await writeResult(out, Buffer.from(text));
  const incident = facts.incident.id;
  const json = {
    incident,
    format: isPage ? 'html' : 'md',
    file: path.resolve(out),
    bytes: Buffer.byteLength(text),
  };
  print(context, json, [`${incident}: the postmortem is in ${out}`]);
  return EXIT.ok;
}

/** The incident that is meant, with its record. */
export async function factsFrom(context: CliContext, reader: Reader): Promise<Facts> {
  const record = await reportOfRecord(await recordOf(context, reader, await incidentOf(context, reader)));
  return { ...postmortemOf(record), people: record.people };
}

/** Without `--incident`: the only resolved one, else the only one whose postmortem is due, else the only open one. */
async function incidentOf(context: CliContext, session: Reader): Promise<string> {
  if (context.text('incident') !== undefined) return pickIncident(context, session).id;
  const resolved = session.incidents.filter(({ status, imported }) => status === 'resolved' && !imported);
  if (resolved.length === 1 && resolved[0] !== undefined) return resolved[0].id;
  const { followUp } = await session.client.ask({ what: 'follow_up' });
  const due = followUp?.postmortems.filter(({ publishedAt }) => publishedAt === null) ?? [];
  if (due.length === 1 && due[0] !== undefined) return due[0].incident;
  if (session.incidents.some((one) => !isEnded(one) && !one.imported)) return pickIncident(context, session).id;
  const list = due.map(({ incident, severity, title }) => `\n    ${incident}  ${severity} ${oneLine(title)}`).join('');
  throw new UsageError(`say which with --incident ID${list === '' ? '; warroom list --all has them' : list}`);
}

async function publish(context: CliContext): Promise<number> {
  return writingNow(context, 'published', async (session) => {
    const facts = await factsFrom(context, session);
    const { id, postmortem } = facts.incident;
    const empty = emptySections(postmortem);
    sayHints(context, hintsOf(facts));
    const goes =
      empty.length === 0 || (await confirmed(context, `nobody wrote ${titlesOf(empty)} yet: publish all the same?`));
    if (goes === false) throw new Exit(EXIT.refused, 'nothing was published');
    const told = await send(session, { kind: 'publish_postmortem' }, id);
    if (goes === null && 'seq' in told) context.err(`published without ${titlesOf(empty)}; the record says so`);
    const dueAt = facts.incident.timestamps.postmortemDueAt;
    const isFirst = facts.incident.timestamps.postmortemPublishedAt === null;
    const isLate = isFirst && dueAt !== null && session.client.now() > Date.parse(dueAt);
    return report(context, told, `published the postmortem of ${id}${isLate ? ', after it was due' : ''}`);
  });
}

export const hintsOf = ({ incident, people }: Facts): readonly BlameHint[] =>
  allBlameHints(incident.postmortem, people);

/** On stderr: they never block anything. */
export function sayHints(context: CliContext, hints: readonly BlameHint[]): void {
  for (const { section, line, words, hint } of hints)
    context.err(`${SECTIONS[section].title}, line ${line}: "${oneLine(words)}": ${hint}`);
}

function jsonOf(facts: Facts, markdown: string): Record<string, unknown> {
  const { incident, actions } = facts;
  const { id, title, severity, peakSeverity, status, postmortem } = incident;
  const { postmortemDueAt: dueAt, postmortemPublishedAt: publishedAt } = incident.timestamps;
  return {
    incident: id,
    title,
    severity,
    peakSeverity,
    status,
    dueAt,
    publishedAt,
    late: dueAt !== null && publishedAt !== null && publishedAt > dueAt,
    authors: postmortem?.authors ?? [],
    empty: emptySections(postmortem),
    sections: Object.fromEntries(SECTION_IDS.map((section) => [section, postmortem?.sections[section] ?? null])),
    actions: actions.map(({ done, ...action }) => ({ ...action, done: done !== null })),
    hints: hintsOf(facts),
    markdown,
  };
}
