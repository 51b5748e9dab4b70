/**
 * Before `npm pack`: marks what no installed warroom reads, so that the tarball carries the code, the licences and the
 * package.json of each production package and not its examples, fonts, browser builds and type declarations.
 * Nothing is deleted: npm obeys a `.npmignore` in the folders of a bundled package, and one is written there.
 */
import { existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const modules = path.resolve(import.meta.dirname, '../../node_modules');

/** Read by compilers, editors and debuggers only. */
const NOT_RUN = ['*.d.ts', '*.d.mts', '*.d.cts', '*.map'];
/** Folders and files of packages that nothing of ours reaches: each was looked at. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  // Terminal descriptions and fonts, for a terminfo reader that src/terminal/blessed.ts leaves out.
  'blessed/usr': ['*'],
  'blessed/lib': ['alias.js'],
  'blessed/example': ['*'],
  'blessed/vendor': ['*'],
  'blessed/browser': ['*'],
  // Its command line, for which alone it needs argparse, and its builds for browsers and for `require`.
  'markdown-it/bin': ['*'],
  'markdown-it/dist': ['*.cjs.js', 'browser'],
  'argparse/lib': ['*'],
  'entities/src': ['*'],
  'linkify-it/build': ['*.cjs.js'],
  'mdurl/build': ['*'],
  'uc.micro/build': ['*.cjs.js'],
  // The same again for `require`, and what src/delivery/receivers/smtp.ts does without: all but the connection and the text.
  'nodemailer/dist': ['cjs', 'well-known', 'mailer', 'nodemailer.js', '*-transport', 'smtp-pool', 'dkim', 'xoauth2'],
  'undici/docs': ['*'],
  'undici/scripts': ['*'],
  // Its functions without classes, and all calendars but the ISO one.
  'temporal-polyfill/chunks': ['funcApi*', 'classApi-full*', 'exoticCalendars*'],
  'temporal-polyfill/fns': ['*'],
  'temporal-polyfill/full': ['*'],
  // index.mjs is the one that `import` takes.
  'valibot/dist': ['*.cjs', '*.min.*'],
  'yaml/browser': ['*'],
  'yaml/dist': ['cli.mjs', 'test-events.js'],
};

function mark(folder: string): void {
  const unused = UNUSED[path.relative(modules, folder).replaceAll('\\', '/')] ?? [];
  writeFileSync(path.join(folder, '.npmignore'), [...NOT_RUN, ...unused, ''].join('\n'));
}

if (lstatSync(modules).isSymbolicLink())
  throw new Error('node_modules is a link: npm would pack a part of it only. Run npm ci');
for (const folder of Object.keys(UNUSED))
  if (!existsSync(path.join(modules, folder))) throw new Error(`${folder} is gone: mend .ci/pack/leave-out.ts`);

const packages = readdirSync(modules, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  .flatMap(({ name }) =>
    name.startsWith('@') ? readdirSync(path.join(modules, name)).map((one) => path.join(name, one)) : [name],
  );
for (const name of packages)
  for (const entry of readdirSync(path.join(modules, name), { withFileTypes: true }))
    if (entry.isDirectory() && entry.name !== 'node_modules') mark(path.join(modules, name, entry.name));
