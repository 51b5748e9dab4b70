/** `warroom postmortem --edit`: the postmortem in the person's editor; what changed is sent, and nothing typed is lost. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { blameHints } from '../incident/blameless.ts';
import { defined } from '../incident/topic.ts';
import { SECTIONS } from '../incident/postmortem.ts';
import { errorMessage } from '../incident/words.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import { editFile, readEdited, type Edited, type EditedAction } from '../report/postmortem-file.ts';
import { EXIT, Exit, ioFault, print, refusalOf, UsageError, type CliContext } from './command.ts';
import { factsFrom, sayHints } from './commands/postmortem.ts';
import { send, type SentResult } from './send-command.ts';
import { readingSession, writingNow, type Session } from './session.ts';

/** A shell ends with 128 and the number of the signal that ended what it ran. */
const SIGNALS = Object.entries(os.constants.signals);

type Facts = Awaited<ReturnType<typeof factsFrom>>;

export async function editPostmortem(context: CliContext): Promise<number> {
  let facts: Facts | undefined;
  await readingSession(context, async (session) => {
    facts = await factsFrom(context, session);
    mayWrite(session, facts);
  });
  if (facts === undefined) return EXIT.unreachable;
  const { id } = facts.incident;
  const original = editFile(facts);
  const file = draftFile(id, original);
  const edited = await inEditor(context, file, original);
  if (edited === null) {
    discard(file);
    print(context, { incident: id, written: [] }, ['nothing was changed']);
    return EXIT.ok;
  }
  return sendEdited(context, facts, edited, file);
}

/** What the hub would refuse is said before anybody has written anything. */
function mayWrite({ client, incidents }: Session, { incident: { id, status } }: Facts): void {
  if (client.view.you?.observer)
    throw refusalOf('forbidden', 'observers read; ask the IC for an invitation that may write');
  if (incidents.find((one) => one.id === id)?.imported)
    throw refusalOf('not_now', `${id} was imported while it still ran elsewhere: here it is only read`);
  if (status !== 'resolved' && status !== 'closed')
    throw refusalOf('not_now', `a postmortem is written once the incident is resolved; ${id} is ${status}`);
}

/** A file that only this person can read. */
function draftFile(incident: string, text: string): string {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-'));
  const file = path.join(dir, `postmortem-${incident}.md`);
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
const discard = (file: string): void => rmSync(path.dirname(file), { recursive: true, force: true });

/** What the person changed; null: nothing. Whatever goes wrong, what they wrote stays in the file. */
async function inEditor(context: CliContext, file: string, original: string): Promise<Edited | null> {
  const trouble = await runEditor(context, file);
  const kept = (why: string): Exit => ioFault(`${why}; nothing was sent, what you wrote is in ${file}`, { file });
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (fault) {
    throw ioFault(`${trouble ?? 'the edited file cannot be read'} (${errorMessage(fault)}); nothing was sent`);
  }
  const isSame = bytes.equals(Buffer.from(original));
  if (trouble !== null) {
    if (!isSame) throw kept(trouble);
    discard(file);
    throw ioFault(`${trouble}; nothing was changed`);
  }
  if (isSame) return null;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw kept('the edited file is not UTF-8');
  }
  const edited = readEdited(text, original, Date.now());
  if ('fault' in edited) throw kept(edited.fault);
  const isNothing = edited.sections.length + edited.actions.length + edited.notTaken.length === 0;
  return isNothing ? null : edited;
}

/** Runs $VISUAL or $EDITOR as git does; what went wrong, or null. */
function runEditor({ env, json }: CliContext, file: string): Promise<string | null> {
  const editor = env['VISUAL']?.trim() || env['EDITOR']?.trim() || (process.stdin.isTTY ? 'vi' : '');
  if (editor === '') {
    discard(file);
    throw new UsageError('say which editor: VISUAL or EDITOR is not set');
  }
  const child = spawn('sh', ['-c', `${editor} "$@"`, editor, file], {
    env,
    // stdout is for JSON only.
    stdio: ['inherit', json ? 2 : 'inherit', 'inherit'],
  });
  // Ctrl-C is the editor's.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  return new Promise((resolve) => {
    const settle = (trouble: string | null): void => {
      process.off('SIGINT', ignore);
      resolve(trouble);
    };
    child.once('error', (fault) => settle(`the editor "${editor}" cannot be run: ${fault.message}`));
    child.once('exit', (code, signal) => {
      const killedBy = signal ?? SIGNALS.find(([, n]) => n + 128 === code)?.[0];
      if (killedBy !== undefined) settle(`the editor "${editor}" was killed (${killedBy})`);
      else if (code === 127) settle(`the editor "${editor}" cannot be found`);
      else settle(code === 0 ? null : `the editor "${editor}" ended with ${code}`);
    });
  });
}

interface Step {
  /** For people: what it writes. */
  readonly what: string;
  readonly command: (seq: number) => ConsoleCommand;
}
interface Result {
  readonly what: string;
  readonly told: SentResult;
}

/** One command for each section, and for each thing that changed about an action. */
function stepsOf(facts: Facts, { sections, actions }: Edited): readonly (readonly Step[])[] {
  return [
    ...sections.map(({ id, text }) => {
      const after = facts.incident.postmortem?.sections[id]?.seq ?? 0;
      const command = { kind: 'write_postmortem', section: id, text, after } as const;
      return [{ what: SECTIONS[id].title, command: () => command }];
    }),
    ...actions.map((action) => actionSteps(action, facts.actions)),
  ];
}

/** `all`: as they were when the file was written. */
function actionSteps({ ref, text, owner, due, ticket, done }: EditedAction, all: Facts['actions']): readonly Step[] {
  const what = ref === null ? `action "${text}"` : `action #${ref}`;
  const fields = defined<Partial<Record<'to' | 'due' | 'ticket', string | null>>>({ to: owner, due, ticket });
  const closing: Step = {
    what: `${what} done`,
    command: (seq) => ({ kind: 'note', text: 'done', re: ref ?? seq, closes: true }),
  };
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
  const added: Step = { what, command: () => ({ kind: 'note', form: 'action', text: text ?? '', ...given }) };
  if (ref === null) return [added, ...(done ? [closing] : [])];
  const before = all.find(({ seq }) => seq === ref);
  const seen = before && { to: before.owner, due: before.due, ticket: before.ticket };
  const steps: Step[] = [];
  const add = (part: string, command: ConsoleCommand): void => {
    steps.push({ what: `${what}: ${part}`, command: () => command });
  };
  if (text !== undefined) add('words', { kind: 'amend', ref, text, why: 'edited with the postmortem' });
  const changed = Object.keys(fields);
  if (changed.length > 0) add(changed.join(', '), { kind: 'assign_action', ref, ...fields, ...(seen && { seen }) });
  return done ? [...steps, closing] : steps;
}

async function sendEdited(context: CliContext, facts: Facts, edited: Edited, file: string): Promise<number> {
  const { id } = facts.incident;
  const sending = writingNow(context, 'sent', (session) => sendAll(session, stepsOf(facts, edited), id));
  const results = await sending.catch((fault: unknown) => {
    context.err(`what you wrote is in ${file}`);
    throw fault;
  });
  const written = results.flatMap(({ what, told }) => ('seq' in told ? [{ what, seq: told.seq }] : []));
  const queued = results.flatMap(({ what, told }) => ('queued' in told ? [what] : []));
  const refused = results.flatMap(({ what, told }) => ('error' in told ? [{ what, ...told.error }] : []));
  const { notTaken } = edited;
  const isKept = queued.length + refused.length + notTaken.length > 0;
  for (const { what, seq } of written) if (!context.json) context.out(`#${seq} ${what}: written`);
  for (const what of queued) context.err(`${what}: kept on this machine, it will be sent when the hub can take it`);
  for (const { what, code, message } of refused) context.err(`${what}: not taken (${code}): ${message}`);
  for (const line of notTaken) context.err(line);
  for (const { id: section, text } of edited.sections) sayHints(context, blameHints(section, text, facts.people));
  if (isKept) context.err(`your file is kept: ${file}`);
  else discard(file);
  if (written.length > 0 && facts.incident.postmortem?.published !== undefined)
    context.err('it was published before: publish it again with warroom postmortem --publish');
  const [first] = refused;
  const details = { incident: id, written, queued, refused, notTaken, ...(isKept && { file }) };
  if (first !== undefined)
    throw new Exit(
      refused.every(({ code }) => code === 'unreachable') ? EXIT.unreachable : EXIT.refused,
      `${refused.length} of ${results.length} changes were not taken; ${written.length} are written`,
      { code: first.code, message: first.message },
      details,
    );
  print(context, details, []);
  return queued.length > 0 ? EXIT.queued : EXIT.ok;
}

const unsent = (message: string): SentResult => ({ error: { code: 'unreachable', message } });

/** One after the other. What follows on a step that was not taken, or on the hub's silence, is left out, which is said. */
async function sendAll(
  session: Session,
  all: readonly (readonly Step[])[],
  incident: string,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  let isAway = false;
  for (const steps of all) {
    let seq: number | null = 0;
    for (const { what, command } of steps) {
      const told: SentResult =
        isAway || seq === null
          ? unsent(isAway ? 'the hub stopped answering' : 'what it depends on was not taken')
          : await send(session, command(seq), incident).catch((fault: unknown) => unsent(errorMessage(fault)));
      results.push({ what, told });
      isAway ||= 'queued' in told;
      seq = 'seq' in told ? told.seq : null;
    }
  }
  return results;
}
