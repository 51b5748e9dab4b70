/** Worst first (handbook, "Incident Severity Levels"). */
export const SEVERITIES = ['SEV-0', 'SEV-1', 'SEV-2', 'SEV-3'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const SEVERITY_NAME: Readonly<Record<Severity, string>> = {
  'SEV-0': 'Critical',
  'SEV-1': 'High',
  'SEV-2': 'Medium',
  'SEV-3': 'Low',
};

/** Reads `1`, `sev1`, `SEV-1`; else null. */
export function parseSeverity(text: string): Severity | null {
  const digit = /^(?:sev[- ]?)?([0-3])$/i.exec(text.trim())?.[1];
  return digit === undefined ? null : (SEVERITIES[Number(digit)] ?? null);
}

/** SEV-0 and SEV-1 need roles, fast answers and a postmortem. */
export const isSerious = (severity: Severity): boolean => severity === 'SEV-0' || severity === 'SEV-1';

export const isWorse = (a: Severity, b: Severity): boolean => SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b);
