/** Reads `links:` of warroom.yaml and of a runbook: names, each with a template of a URL. */
import { LINK_PLACEHOLDERS } from '../incident/links.ts';
import type { SettingsReader } from '../probes/settings-reader.ts';

export function readLinks(links: SettingsReader): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of links.keys) {
    const url = links.filled(name);
    if (url === null) continue;
    const unknown = [...url.matchAll(/\{(\w+)\}/g)].find(
      ([, placeholder = '']) => !LINK_PLACEHOLDERS.includes(placeholder),
    );
    if (!/^https?:\/\/[^\s{}]/.test(url) || !URL.canParse(url.replace(/\{\w+\}/g, 'x')))
      links.fault(name, 'a link begins with https:// or http:// and a host');
    else if (unknown !== undefined)
      links.fault(name, `nothing is put for ${unknown[0]}; known are ${LINK_PLACEHOLDERS.join(', ')}`, {
        at: unknown.index,
      });
    else found.set(name, url);
  }
  return found;
}
