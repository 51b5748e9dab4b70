/** Reads `intake:` of warroom.yaml: what becomes of alerts that other systems report. */
import type { IntakeSettings } from '../incident/intake.ts';
import { DEFAULT_ROUTE } from '../incident/paging.ts';
import { parseSeverity } from '../incident/severity.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';

export const DEFAULT_INTAKE: IntakeSettings = { route: DEFAULT_ROUTE, severities: new Map() };

export function readIntake(intake: SettingsReader): IntakeSettings {
  const route = intake.text('route', DEFAULT_ROUTE);
  const severities = Object.entries(intake.map('severities')).flatMap(([word, text]) => {
    const severity = parseSeverity(text);
    if (severity === null) intake.fault(['severities', word], `${word} stands for SEV-0, SEV-1, SEV-2 or SEV-3`);
    return severity === null ? [] : [[word.trim().toLowerCase(), severity] as const];
  });
  return { route: route === 'none' ? null : route, severities: new Map(severities) };
}
