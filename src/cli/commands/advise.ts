/** `warroom advise`: which severity the impact suggests. Needs no hub. */
import { advise, DATA_LOSS, REVENUE, WORKAROUND } from '../../incident/advise.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import { EXIT, print, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { settings } from '../paths.ts';

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
    const name = SEVERITY_NAME[advice.severity];
    const reasons = [...advice.reasons, advice.worseIf, 'advice only: the incident commander decides'];
    print(context, { ...advice, name, impact }, [
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
