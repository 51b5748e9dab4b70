/** Plain pages for people outside: no script, nothing loaded, readable on a phone. */
import { withEntities } from '../incident/markup.ts';

const STYLE =
  ':root{color-scheme:light dark}body{font:1.2rem/1.5 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}h1{font-size:1.4rem}button{font:inherit;font-weight:600;width:100%;padding:1rem;border:0;border-radius:.5rem;background:#b42318;color:#fff}small{opacity:.8}';

/** `rest`: HTML below the lines of text. */
export const plainHtmlPage = (title: string, lines: readonly string[], rest = ''): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex,nofollow"><title>warroom</title><style>${STYLE}</style></head>
<body><main><h1><bdi>${withEntities(title)}</bdi></h1>
${lines.map((line) => `<p>${withEntities(line)}</p>`).join('\n')}
${rest}</main></body></html>
`;

/** Where links in messages lead: what is told of incidents is told in consoles. */
export const FRONT_PAGE = plainHtmlPage('This is the hub of a war room', [
  'Incidents are followed in a terminal: warroom join, with the invitation you were sent.',
]);
