/** `warroom oncall`: who is on call, the phone list, a calendar file, and who stands in. Works with the hub gone. */
import { NO_ONCALL, oncallLines, phoneLines } from '../../console/oncall-lines.ts';
import { readFuture, readTime, withColon, type TypedTime } from '../../incident/time-input.ts';
import { DAY, spanInWords } from '../../incident/time.ts';
import { standingAt, type OncallPlan } from '../../oncall/plan.ts';
import type { Line } from '../../terminal/text.ts';
import { hubKey } from '../address.ts';
import { EXIT, UsageError, type Exit, type CliCommand, type CliContext } from '../command.ts';
import { loadOncall } from '../hub-cache.ts';
import { dataDir, settings } from '../paths.ts';
import { oncallOf } from '../queries.ts';
import { askHub, timeContext, whyOption } from '../send-command.ts';
import { fromHubOr, type Session } from '../session.ts';

/** How much of the future a calendar file has, ms. */
const CALENDAR_MS = 90 * DAY;
/** Columns of the text: it is not cut. */
const COLS = 200;

export default {
  usage: 'oncall [override ROTATION NAME --until T --why TEXT [--from T] | withdraw ID] [--at T] [--ics] [--phones]',
  about: 'who is on call, now or at a time; as a calendar file; the phone list, which is kept for when the hub is gone',
  words: 3,
  run(context) {
    const [what, ...rest] = context.args;
    if (what === 'override') return override(context, rest);
    if (what === 'withdraw') return withdraw(context, rest);
    if (what !== undefined) throw context.wrong(`"${what}" is none of override and withdraw`);
    for (const name of ['from', 'until', 'why'])
      if (context.text(name) !== undefined) throw context.wrong(`--${name} belongs to override`);
    return tell(context);
  },
} satisfies CliCommand;

async function tell(context: CliContext): Promise<number> {
  if (context.json && context.on('ics')) throw context.wrong('--json or --ics, not both');
  momentOption(context, 'at', Date.now());
  const { plan, now, savedAt, from } = await known(context);
  const at = Date.parse(momentOption(context, 'at', now) ?? new Date(now).toISOString());
  if (from !== null) (context.json || context.on('ics') ? context.err : context.out)(from);
  if (plan === null) {
    if (context.json)
      context.out(JSON.stringify({ at: iso(at), rotations: [], routes: {}, overrides: [], people: [] }));
    else context.err(NO_ONCALL);
    return EXIT.ok;
  }
  // The calendar library is the slow part to load.
  const { tableFrom } = await import('../../oncall/shifts.ts');
  if (context.on('ics')) {
    const { calendarOf } = await import('../../oncall/ics.ts');
    // As it is: its lines end with CRLF, and it has no other control characters.
    context.raw(calendarOf(plan, at, at + CALENDAR_MS));
    return EXIT.ok;
  }
  const table = tableFrom(plan, at);
  const asOf = savedAt === null ? {} : { asOf: iso(savedAt) };
  if (context.json) {
    const { people, overrides } = plan;
    const standing = context.on('phones') ? {} : { ...standingAt(table, at), overrides };
    context.out(JSON.stringify({ at: iso(at), ...standing, people, ...asOf }));
    return EXIT.ok;
  }
  const look = { now: at, zone: timeContext(context, now).zone };
  const lines = context.on('phones') ? phoneLines(table, look) : oncallLines(table, look, COLS);
  for (const line of lines) context.out(textOf(line));
  return EXIT.ok;
}

const textOf = (line: Line): string =>
  line
    .map(({ text }) => text)
    .join('')
    .trimEnd();

interface Known {
  /** Null: nobody is on call. */
  readonly plan: OncallPlan | null;
  /** ms since 1970, by the clock of the hub where it answers. */
  readonly now: number;
  /** When the hub said it, where that is not now. */
  readonly savedAt: number | null;
  /** Where it is from, as a sentence, where the hub did not answer. */
  readonly from: string | null;
}

/** What the hub says; where it does not answer what it last said; where it never said anything, this machine's configuration. */
async function known(context: CliContext): Promise<Known> {
  const atHub = async (session: Session): Promise<Known> => {
    const table = await oncallOf(session);
    return { plan: table?.plan ?? null, now: session.client.now(), savedAt: null, from: null };
  };
  return fromHubOr(context, atHub, (away) => knownHere(context, away));
}

async function knownHere(context: CliContext, away: Exit): Promise<Known> {
  const key = hubKey(context);
  const cached = await loadOncall(dataDir(context), key);
  const now = Date.now();
  if (cached !== null) {
    const from = `${away.message}; this is what it said ${spanInWords(now - cached.savedAt)} ago`;
    return { plan: cached.table?.plan ?? null, now, savedAt: cached.savedAt, from };
  }
  // Another machine's hub has a configuration that is not here.
  if (key !== 'local') throw away;
  const { oncall, dir } = await settings(context);
  const from = `no hub runs on this machine; this is what ${dir} says, without overrides made at a hub`;
  return { plan: oncall?.plan ?? null, now, savedAt: null, from };
}

async function override(context: CliContext, [rotation, name]: readonly string[]): Promise<number> {
  if (rotation === undefined || name === undefined) throw context.wrong('name a rotation and who is on call');
  if (context.text('until') === undefined) throw context.wrong('say how long: --until T');
  const why = whyOption(context);
  for (const option of ['from', 'until']) momentOption(context, option, Date.now());
  return askHub(
    context,
    ({ client }) => {
      const now = client.now();
      const from = momentOption(context, 'from', now) ?? iso(now);
      return { kind: 'override_oncall', rotation, name, from, until: momentOption(context, 'until', now) ?? from, why };
    },
    `${name} is on call for ${rotation}`,
  );
}

function withdraw(context: CliContext, [id, extra]: readonly string[]): Promise<number> {
  if (id === undefined || extra !== undefined)
    throw context.wrong('name one override by its id; "warroom oncall" lists them');
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i.test(id)) throw new UsageError(`"${id}" is no id of an override`);
  return askHub(context, () => ({ kind: 'withdraw_override', id: id.toUpperCase() }), 'the override is withdrawn');
}

/** A time in an option, past or to come: without a date it is the next such time, `-5m` is past, `2h` to come. */
function momentOption(context: CliContext, option: string, now: number): string | undefined {
  const text = context.text(option);
  if (text === undefined) return undefined;
  const zoned = timeContext(context, now);
  const typed = text.trim().startsWith('-') ? past(readTime(text, zoned)) : readFuture(withColon(text), zoned);
  if (typed === null) throw new UsageError(`--${option} ${text}: write 18:00, "2026-12-24 09:00 UTC", 2h or -5m`);
  if (typeof typed !== 'string') throw new UsageError(`--${option}: ${typed.trouble}`);
  return typed;
}

const past = <T>(typed: TypedTime | T): string | T =>
  typeof typed === 'object' && typed !== null && 'at' in typed ? typed.at : typed;

const iso = (at: number): string => new Date(at).toISOString();
