/** `warroom advise`: which severity the impact suggests. Needs no hub. */
import { advise, DATA_LOSS, REVENUE, WORKAROUND } from '../../incident/advise.ts';
import { SEVERITY_NAME } from '../../incident/severity.ts';
import { EXIT, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { settings } from '../settings.ts';

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
    if (context.json) context.out(JSON.stringify({ ...advice, name: SEVERITY_NAME[advice.severity], impact }));
    else {
      context.out(`${advice.severity} ${SEVERITY_NAME[advice.severity]}`);
      for (const reason of advice.reasons) context.out(`    ${reason}`);
      if (advice.worseIf !== null) context.out(`    ${advice.worseIf}`);
      context.out('    advice only: the incident commander decides');
    }
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
