/** The incident as one page that opens in any browser without network: no script, nothing loaded. Pure. */
import { clockTime } from '../incident/time.ts';
import type { Course, TurningPoint } from '../incident/turning-points.ts';
import { axisSvg, LEGEND } from './axis.ts';
import { CHART_LEGEND, incidentCharts } from './charts.ts';
import { escaped } from './escape.ts';
import { daysOf, listsOf, notesOf, summaryOf, utc } from './summary.ts';
import type { IncidentReport, ReportEntry } from './timeline.ts';

// Shades of one ink: nothing is told by colour alone, and it prints.
const STYLE = `:root{color-scheme:light dark;--ink:#1b1d21;--paper:#fff;--dim:#555b66;--line:#c9cdd4}
@media(prefers-color-scheme:dark){:root{--ink:#e7e9ec;--paper:#16181c;--dim:#a5acb8;--line:#454b55}}
body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:1.5rem auto;padding:0 1rem;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.15rem 1rem}dt{color:var(--dim)}dd{margin:0}
figure{margin:1rem 0}.wide{overflow-x:auto}figcaption,.note{color:var(--dim);font-size:.875rem}
svg{display:block;font:12px system-ui,sans-serif;fill:var(--ink)}.lane{fill:var(--dim)}.small{font-size:10.5px;fill:var(--dim)}.rule{stroke:var(--line)}
.band rect{stroke:var(--ink);fill:none}.band.sev-0 rect,.band.sev-1 rect{fill:var(--ink)}.band.sev-1 rect{fill-opacity:.7}.band.sev-2 rect,.band.runs rect{fill:var(--ink);fill-opacity:.15}.sev-0 text,.sev-1 text{fill:var(--paper)}
.mark{stroke:var(--ink);stroke-width:1.5}.hollow{fill:var(--paper)}.bar{stroke:var(--ink);stroke-width:4}.late{stroke:var(--ink);stroke-dasharray:2 3;fill:none}.hatch{stroke:var(--dim);stroke-width:1.5}.gap rect{opacity:.45}.break{font-size:18px;font-weight:700;stroke:var(--paper);stroke-width:4;paint-order:stroke}
.curve{fill:none;stroke:var(--ink);stroke-width:1.5}.number{font-weight:700;stroke:var(--paper);stroke-width:3;paint-order:stroke}.limit{stroke:var(--dim);stroke-dasharray:6 4}.plain{padding-left:1.5rem}
ol:not(.plain){list-style:none;padding:0;margin:0}ol:not(.plain)>li{display:grid;grid-template-columns:5.5rem 7rem 1fr 3rem;gap:0 .75rem;padding:.25rem 0;border-top:1px solid var(--line)}
li:target{outline:2px solid var(--ink)}.text{white-space:pre-wrap}.key .text{font-weight:600}.seq,time{color:var(--dim);font-variant-numeric:tabular-nums}
@media(max-width:40rem){ol:not(.plain)>li{grid-template-columns:5rem 1fr 3rem}ol>li .what{grid-column:1/-1;grid-row:2}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}
@media print{body{max-width:none}.wide{overflow:visible}svg{width:100%;height:auto}li{break-inside:avoid}}`;

/** `courses`: what was measured; none without kept readings. */
export function htmlReport(report: IncidentReport, courses: readonly Course[] = []): string {
  const { incident, entries } = report;
  const title = incident.title ?? incident.id;
  const shown = entries.filter(({ event }) => event.level !== 'system');
  const hidden = entries.filter(({ event }) => event.level === 'system');
  const lists = Object.entries(listsOf(report)).map(([heading, lines]) => section(heading, lines));
  const { svgs, points } = incidentCharts(courses, report);
  return htmlPage(
    title,
    `<h1><bdi>${escaped(title)}</bdi></h1>
<dl>${summaryOf(report)
      .map(([name, value]) => `<dt>${name}</dt><dd><bdi>${escaped(value)}</bdi></dd>`)
      .join('\n')}</dl>
<h2>Time axis</h2>
<figure><div class="wide" tabindex="0">${axisSvg(report, points)}</div><figcaption>Times are UTC. ${LEGEND}${points.length === 0 ? '' : ' ◇ turning point of a metric.'}</figcaption></figure>
${metrics(svgs, points)}${lists.join('\n')}
<h2>Timeline</h2>
<p class="note">All times are UTC.</p>
${days(shown)}
${hidden.length === 0 ? '' : `<details><summary>${hidden.length} entries of the program itself</summary>${days(hidden)}</details>`}`,
  );
}

/** A page that loads nothing and runs nothing. `main`: its HTML. */
export const htmlPage = (title: string, main: string, style = ''): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex,nofollow"><meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title><style>${STYLE}${style}</style></head>
<body><main>${main}
</main></body></html>
`;

function metrics(svgs: readonly string[], points: readonly TurningPoint[]): string {
  if (svgs.length === 0) return '';
  const items = points.map(({ at, target, text }) => `<li><bdi>${escaped(`${utc(at)} ${target}: ${text}`)}</bdi></li>`);
  const list =
    items.length === 0
      ? '<p>No metric passed a limit or clearly changed its course.</p>'
      : `<ol class="plain">${items.join('\n')}</ol>`;
  return `<h2 id="metrics">Metrics</h2>
${list}
<figure>${svgs.map((svg) => `<div class="wide" tabindex="0">${svg}</div>`).join('\n')}<figcaption>Times are UTC. ${CHART_LEGEND}</figcaption></figure>
`;
}

const section = (heading: string, lines: readonly string[]): string =>
  lines.length === 0
    ? ''
    : `<h2>${heading}</h2>\n<ul>${lines.map((line) => `<li><bdi>${escaped(line)}</bdi></li>`).join('\n')}</ul>`;

const days = (entries: readonly ReportEntry[]): string =>
  daysOf(entries)
    .map(([day, theirs]) => `<h3>${day}</h3>\n<ol>\n${theirs.map(row).join('\n')}\n</ol>`)
    .join('\n');

function row(entry: ReportEntry): string {
  const { event, at, text, annotation } = entry;
  const said = `<bdi class="text">${escaped(text)}</bdi>`;
  const body = annotation?.retracted ? `<del>${said}</del>` : said;
  const below = notesOf(entry)
    .map((note) => `<br><bdi class="note">${escaped(note)}</bdi>`)
    .join('');
  const moment = new Date(at).toISOString();
  return `<li id="e${event.seq}"${event.level === 'key' ? ' class="key"' : ''}><time datetime="${moment}">${clockTime(at, 'utc')}</time><bdi>${escaped(event.by.name)}</bdi><span class="what">${body}${below}</span><span class="seq">#${event.seq}</span></li>`;
}
