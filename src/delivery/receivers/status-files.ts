/** A status page as files in a folder, which any web server or copy to a bucket serves when all else is down. */
import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { receiverKind, type Message, type Outcome, type SendContext } from '../receiver.ts';
import { opaqueId, publicIncident, readIncidents, ONLY_UPDATES, type PublicIncident } from '../public-incident.ts';
import { apiFiles, atomFeed, statusPageHtml, isUnresolved, type Site } from '../status-page.ts';

interface Settings extends Site {
  readonly dir: string;
}

/** Incidents kept in the folder; those that are open are always kept. */
const KEPT = 50;
/** Also what the next update reads: a restart or another incident's update loses nothing. */
const MEMORY = 'api/v2/incidents.json';

export default receiverKind({
  read(settings): Settings {
    const dir = settings.filled('dir') ?? '';
    if (dir !== '' && !path.isAbsolute(dir)) settings.fault('dir', 'dir must be a full path, such as /srv/status');
    const typed = settings.url('url', ['https:', 'http:']);
    const url = typed === null || !URL.canParse(typed) ? null : new URL(typed.replace(/\/*$/, '/')).href;
    return { dir, title: settings.text('title', 'Service status'), url, id: opaqueId('page', url ?? dir) };
  },
  events: ['update'],
  takes: ONLY_UPDATES,
  async send(settings, message, context) {
    try {
      return await publish(settings, message, context);
    } catch (error) {
      return { state: 'retry', error: `the status page was not written to ${settings.dir}: ${inWords(error)}` };
    }
  },
});

async function publish(settings: Settings, message: Message, context: SendContext): Promise<Outcome> {
  const { dir } = settings;
  const isTest = message.kind === 'test';
  if (!isTest && message.update === null) return { state: 'failed', error: 'a status page only takes public updates' };
  const known = await published(dir);
  const current = isTest ? null : publicIncident(await context.updates());
  const others =
    known === 'missing' || known === 'unreadable' ? (await context.otherUpdates()).map(publicIncident) : known;
  const all = [current, ...others]
    .filter((one) => one !== null)
    .filter((one) => one === current || one.id !== current?.id)
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  let room = KEPT - all.filter(isUnresolved).length;
  const incidents = all.filter((incident) => isUnresolved(incident) || room-- > 0);
  const written = new Date(context.now).toISOString();
  await writeFiles(dir, {
    ...apiFiles(settings, incidents, written),
    'history.atom': atomFeed(settings, incidents, written),
    'index.html': statusPageHtml(settings, incidents, written),
  });
  const notes = [
    ...(isTest ? ['written; a test does not show on the page'] : []),
    ...(known === 'unreadable' ? [`${MEMORY} could not be read: it was made anew, without past incidents`] : []),
  ];
  return { state: 'delivered', ...(notes.length > 0 && { note: notes.join('; ') }) };
}

/** What the folder shows. */
async function published(dir: string): Promise<readonly PublicIncident[] | 'missing' | 'unreadable'> {
  try {
    return readIncidents(await readFile(path.join(dir, MEMORY), 'utf8')) ?? 'unreadable';
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'missing';
    throw error;
  }
}

/** Readers see the old or the new version of each file, never a part; so does whoever starts after a loss of power. */
async function writeFiles(dir: string, files: Readonly<Record<string, string>>): Promise<void> {
  const folders = new Set<string>();
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(dir, name);
    const folder = path.dirname(file);
    if (!folders.has(folder)) await makeFolder(folder);
    folders.add(folder);
    const temporary = path.join(folder, `.${path.basename(file)}.tmp`);
    const handle = await open(temporary, 'w');
    try {
      await handle.chmod(0o644);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  }
  for (const folder of folders) {
    const handle = await open(folder);
    await handle.sync().finally(() => handle.close());
  }
}

/** A web server, another user, must be able to read what is made here, whatever the process' umask. */
async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true });
  if (made === undefined) return;
  for (let each = folder; each.length >= made.length; each = path.dirname(each)) await chmod(each, 0o755);
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'no permission; make the folder writable for the user of the hub',
  EPERM: 'no permission; make the folder writable for the user of the hub',
  EROFS: 'the disk is mounted read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'a folder stands where a file must be written',
};
const inWords = (error: unknown): string => WORDS[codeOf(error)] ?? (codeOf(error) || String(error));
