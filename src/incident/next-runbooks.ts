/** What runbooks ask for: steps that wait for a person, and the runbooks of alerts. */
import { isOn, isTriaged } from './incident.ts';
import type { NextInput, NextRuleItem } from './next-item.ts';
import { inDoubt, isInDoubt } from './runs.ts';
import { shellQuoted } from './shell-quote.ts';
import { groupedNumber } from './words.ts';

/** Steps that wait for somebody; those of which nobody knows what they changed, until another run settles it. */
export function waitingSteps({ incident: { runs = [], roles } }: NextInput): readonly NextRuleItem[] {
  return runs.flatMap((run): readonly NextRuleItem[] => {
    const { seq, runbook, step, state, preview, by } = run;
    const about = { ref: seq, runbook, step: 'act', command: null } as const;
    if (isInDoubt({ runs }, run)) {
      const text = `#${seq} ${step} is in doubt: ${inDoubt(run)}`;
      return [{ ...about, what: 'in_doubt', text, by: ['anyone'] }];
    }
    if (preview === undefined) return [];
    const what = `${step}: ${groupedNumber(preview.count)} ${preview.unit} on ${preview.node}`;
    if (state === 'previewed')
      return [{ ...about, what: 'confirm', text: `confirm #${seq} ${what}`, by: [by], dueAt: preview.expiresAt }];
    return state === 'confirmed'
      ? [{ ...about, what: 'approve', text: `let #${seq} run: ${what}`, by: [roles.ic ?? 'lead'] }]
      : [];
  });
}

/** The runbooks of alerts that fire in this incident, until a step of them was run. */
export function nextRunbooks({ incident, context: { alerts = [] } }: NextInput): readonly NextRuleItem[] {
  if (!isTriaged(incident)) return [];
  const { runs = [] } = incident;
  const asked = new Map(
    alerts.flatMap(({ state, runbook, incident: of, rule }) =>
      isOn(state) && of === incident.id && runbook ? [[runbook, rule] as const] : [],
    ),
  );
  return [...asked].flatMap(([runbook, rule]): readonly NextRuleItem[] => {
    if (runs.some((run) => lastPart(run.runbook) === lastPart(runbook))) return [];
    const command = `warroom runbook show ${shellQuoted(runbook)}`;
    return [{ what: 'runbook', text: `runbook of ${rule}`, by: ['anyone'], command, step: 'observe', runbook }];
  });
}

/** `https://example.org/runbooks/redis-full.md#x` and `redis-full` are the same. */
function lastPart(name: string): string {
  const path = name.replace(/[?#].*$/, '').replace(/\/+$/, '');
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/\.(?:md|html)$/, '')
    .toLowerCase();
}
