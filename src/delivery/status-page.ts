/** What a status page in files consists of: a page without scripts, an Atom feed, and the answers of Statuspage's public API (v2). Pure. */
import { withEntities } from '../incident/markup.ts';
import { createHash } from 'node:crypto';
import { IMPACTS, type PublicImpact, type PublicIncident, type PublicUpdate } from './public-incident.ts';

export interface Site {
  readonly title: string;
  /** Where people open it, with a slash at the end; null: unknown. */
  readonly url: string | null;
  /** Tells it from other pages. */
  readonly id: string;
}

const DESCRIPTION: Readonly<Record<PublicImpact, string>> = {
  // Not "all is well": nobody measures it here.
  none: 'No incidents reported',
  minor: 'Minor problems',
  major: 'Major problems',
  critical: 'Critical problems',
};
const STATE_NAME: Readonly<Record<PublicUpdate['status'], string>> = {
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
};
const COMPONENT_NAME: Readonly<Record<string, string>> = {
  degraded_performance: 'degraded',
  partial_outage: 'partly down',
  major_outage: 'down',
};
const FEED_MAX = 50;
const PAST_MAX = 10;

export const isUnresolved = ({ resolved_at }: PublicIncident): boolean => resolved_at === null;

const worstOf = (incidents: readonly PublicIncident[]): PublicImpact =>
  incidents
    .filter(isUnresolved)
    .reduce<PublicImpact>(
      (worst, { impact }) => (IMPACTS.indexOf(impact) > IMPACTS.indexOf(worst) ? impact : worst),
      'none',
    );

/** Affected ones only; the worst of several incidents counts. */
function componentsOf(incidents: readonly PublicIncident[]) {
  const order = Object.keys(COMPONENT_NAME);
  const found = new Map<string, PublicIncident['components'][number]>();
  for (const component of incidents.filter(isUnresolved).flatMap(({ components }) => components)) {
    const known = found.get(component.id);
    if (known === undefined || order.indexOf(component.status) > order.indexOf(known.status))
      found.set(component.id, component);
  }
  return [...found.values()];
}

/** Path below the folder -> JSON text. `incidents`: the newest first. */
export function apiFiles(
  site: Site,
  incidents: readonly PublicIncident[],
  now: string,
): Readonly<Record<string, string>> {
  const page = { id: site.id, name: site.title, url: site.url ?? '', time_zone: 'Etc/UTC', updated_at: now };
  const indicator = worstOf(incidents);
  const status = { indicator, description: DESCRIPTION[indicator] };
  const components = componentsOf(incidents).map((component) => ({ ...component, page_id: site.id, group: false }));
  const shown = incidents.map((incident) => ({
    ...incident,
    page_id: site.id,
    shortlink: linkTo(site, incident) ?? '',
  }));
  const open = shown.filter(isUnresolved);
  const answers = {
    'incidents.json': { page, incidents: shown },
    'incidents/unresolved.json': { page, incidents: open },
    'components.json': { page, components },
    'summary.json': { page, status, components, incidents: open, scheduled_maintenances: [] },
    'status.json': { page, status },
  };
  return Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [`api/v2/${name}`, `${JSON.stringify(answer, null, 1)}\n`]),
  );
}

const linkTo = ({ url }: Site, { id }: PublicIncident): string | null => (url === null ? null : `${url}#${id}`);

// What XML 1.0 does not allow at all, not even escaped.
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const escape = (text: string): string => withEntities(text.replace(FORBIDDEN, '\ufffd'));

const uuid = (...parts: readonly string[]): string => {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
};

/** One entry for each update: readers tell of new entries, not of changed ones. */
export function atomFeed(site: Site, incidents: readonly PublicIncident[], now: string): string {
  const entries = incidents
    .flatMap((incident) => incident.incident_updates.map((update) => ({ incident, update })))
    .sort((a, b) => (a.update.created_at < b.update.created_at ? 1 : -1))
    .slice(0, FEED_MAX)
    .map(({ incident, update: { id, status, body, created_at } }) => {
      const link = linkTo(site, incident);
      return `  <entry>
    <id>urn:uuid:${uuid(site.id, id)}</id>
    <title>${escape(`${STATE_NAME[status]}: ${incident.name}`)}</title>
    <published>${escape(created_at)}</published>
    <updated>${escape(created_at)}</updated>${link === null ? '' : `\n    <link rel="alternate" href="${escape(link)}"/>`}
    <content type="text">${escape(body)}</content>
  </entry>\n`;
    });
  const { title, url } = site;
  const links =
    url === null
      ? ''
      : `\n  <link rel="alternate" href="${escape(url)}"/>\n  <link rel="self" href="${escape(url)}history.atom"/>`;
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
  <id>urn:uuid:${uuid(site.id)}</id>
  <title>${escape(title)}</title>
  <updated>${now}</updated>
  <author><name>${escape(title)}</name></author>${links}
${entries.join('')}</feed>
`;
}

const STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--none:#1a7f37;--minor:#7a5200;--major:#b03a00;--critical:#b3171f;--on:#fff}
@media (prefers-color-scheme:dark){:root{--paper:#0f1419;--ink:#e6edf3;--dim:#9aa7b4;--line:#38424d;--none:#57c46f;--minor:#e3b341;--major:#ff9a5c;--critical:#ff8a84;--on:#0f1419}}
body{margin:0 auto;padding:1rem;max-width:44rem;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;margin:.5rem 0 1rem}h2{font-size:1.2rem;margin:2rem 0 .5rem}h3{font-size:1.05rem;margin:0}
.now{margin:0;padding:.75rem 1rem;border-radius:.4rem;font-weight:600;color:var(--on)}
.none{background:var(--none)}.minor{background:var(--minor)}.major{background:var(--major)}.critical{background:var(--critical)}
article{border:1px solid var(--line);border-radius:.4rem;padding:1rem;margin:0 0 1rem}
ul,ol{list-style:none;padding:0;margin:.5rem 0 0}li{padding:.5rem 0}ol li+li{border-top:1px solid var(--line)}
.words{margin:.25rem 0 0;white-space:pre-line}.dim,footer{color:var(--dim)}footer{margin-top:2rem;font-size:.9rem}
time{white-space:nowrap}a{color:inherit}summary{cursor:pointer}
`;
/** Nothing is loaded and nothing runs, whatever got into the page. */
const POLICY = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

const time = (at: string): string =>
  `<time datetime="${escape(at)}">${escape(`${at.slice(0, 10)} ${at.slice(11, 16)} UTC`)}</time>`;

function updatesOf({ incident_updates, updates_left_out }: PublicIncident): string {
  const items = incident_updates.map(
    ({ status, body, created_at }) =>
      `<li><strong>${STATE_NAME[status]}</strong> <span class="dim">${time(created_at)}</span><p class="words" dir="auto">${escape(body)}</p></li>`,
  );
  const left = updates_left_out === 0 ? '' : `<li class="dim">Older updates: ${updates_left_out} more</li>`;
  return `<ol>${items.join('\n')}${left}</ol>`;
}

const openArticle = (incident: PublicIncident): string => `<article id="${escape(incident.id)}">
<h3 dir="auto">${escape(incident.name)}</h3>${
  incident.next_update_at === null ? '' : `\n<p class="dim words">Next update by ${time(incident.next_update_at)}</p>`
}
${updatesOf(incident)}
</article>`;

const pastArticle = (incident: PublicIncident): string => `<article id="${escape(incident.id)}">
<h3 dir="auto">${escape(incident.name)}</h3>
<details><summary>Resolved ${time(incident.resolved_at ?? incident.updated_at)}</summary>
${updatesOf(incident)}</details>
</article>`;

export function statusPageHtml({ title }: Site, incidents: readonly PublicIncident[], now: string): string {
  const indicator = worstOf(incidents);
  const [open, past] = [
    incidents.filter(isUnresolved),
    incidents.filter((incident) => !isUnresolved(incident)).slice(0, PAST_MAX),
  ];
  const components = componentsOf(incidents).map(
    ({ name, status }) => `<li><bdi>${escape(name)}</bdi>: ${COMPONENT_NAME[status] ?? 'affected'}</li>`,
  );
  const section = (heading: string, parts: readonly string[]): string =>
    parts.length === 0 ? '' : `<section>\n<h2>${heading}</h2>\n${parts.join('\n')}\n</section>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(`${DESCRIPTION[indicator]} · ${title}`)}</title>
<link rel="alternate" type="application/atom+xml" title="Updates" href="history.atom">
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<header>
<h1 dir="auto">${escape(title)}</h1>
<p class="now ${indicator}">${DESCRIPTION[indicator]}</p>
</header>
<main>
${section('Affected', components.length === 0 ? [] : [`<ul>\n${components.join('\n')}\n</ul>`])}${section('Open incidents', open.map(openArticle))}${section('Past incidents', past.map(pastArticle))}</main>
<footer>
<p>Written ${time(now)}. Reload the page for news, or follow the <a href="history.atom">Atom feed</a>.</p>
</footer>
</body>
</html>
`;
}
