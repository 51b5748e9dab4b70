/** `warroom advise`: which severity the impact suggests. Needs no hub. */
import { advise, DATA_LOSS, REVENUE, WORKAROUND, type Impact, type ImpactParts } from '../../incident/advise.ts';
import { isEnded } from '../../incident/incident.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import { EXIT, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { settings } from '../paths.ts';
import { pickIncident } from '../pick.ts';
import { send } from '../send-command.ts';
import { writing } from '../session.ts';

export default {
  usage:
    'advise --users PERCENT --data-loss no|risk|yes --revenue no|possible|yes --workaround easy|available|difficult|none',
  about: 'which severity the impact suggests, and why; what is left out counts as unknown',
  words: 0,
  async run(context) {
    const percent = context.text('users')?.replace(/%$/, '');
    const users = percent === undefined || percent === 'unknown' ? null : Number(percent);
    if (users !== null && !(users >= 0 && users <= 100 && percent?.trim() !== ''))
      throw new UsageError(`--users takes a percentage from 0 to 100, not "${percent ?? ''}"`);
    const impact = {
      users,
      dataLoss: choice(context, 'data-loss', DATA_LOSS),
      revenue: choice(context, 'revenue', REVENUE),
      workaround: choice(context, 'workaround', WORKAROUND),
    };
    const { policy } = await settings(context);
    const advice = advise(impact, policy.impact);
    const seq = await record(context, impact);
    const name = SEVERITY_NAME[advice.severity];
    const reasons = [
      ...advice.reasons,
      advice.worseIf,
      seq === null ? null : `the impact is recorded as #${seq}`,
      'advice only: the incident commander decides',
    ];
    print(context, { ...advice, name, impact, ...(seq !== null && { seq }) }, [
      `${advice.severity} ${name}`,
      ...reasons.flatMap((reason) => (reason === null ? [] : [`    ${reason}`])),
    ]);
    return EXIT.ok;
  },
} satisfies CliCommand;

function choice<T extends string>(context: CliContext, name: string, from: readonly T[]): T | 'unknown' {
  const given = context.text(name);
  if (given === undefined) return 'unknown';
  const found = from.find((value) => value === given);
  if (found === undefined) throw new UsageError(`--${name} takes ${from.join(', ')}, not "${given}"`);
  return found;
}

/** Recorded in the open incident, if there is exactly one; answers the number of the entry. */
function record(context: CliContext, { users, ...choices }: Impact): Promise<number | null> {
  const known = Object.entries(choices).filter(([, value]) => value !== 'unknown');
  const impact: ImpactParts = { ...(users !== null && { users }), ...Object.fromEntries(known) };
  if (Object.keys(impact).length === 0) return Promise.resolve(null);
  return writing(context, async (session) => {
    const running = session.incidents.filter((each) => !isEnded(each) && each.status !== 'resolved');
    if (!session.live || running.length === 0) return null;
    if (running.length > 1 && context.text('incident') === undefined) {
      context.err('several incidents are open: recorded in none; say which with --incident ID');
      return null;
    }
    const told = await send(session, { kind: 'record_impact', impact }, pickIncident(context, session).id);
    if ('error' in told) context.err(`not recorded: ${told.error.message}`);
    return 'seq' in told ? told.seq : null;
  });
}
