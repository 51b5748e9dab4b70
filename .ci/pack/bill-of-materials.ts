/**
 * The bill of materials: what a production install of warroom consists of, as CycloneDX 1.5 JSON, read from
 * package-lock.json. `npm sbom --omit dev` is not used: it leaves out packages that a development tool needs as well
 * (yaml, debug, pg-protocol, ...), and knows nothing of the parts inside src/terminal/blessed-contrib.
 * `npm run -s sbom` prints it; with the name of a file it is written there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';

const versions = v.optional(v.record(v.string(), v.string()), {});
const lockSchema = v.object({
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string(), ''),
      license: v.optional(v.string(), ''),
      integrity: v.optional(v.string()),
      link: v.optional(v.boolean(), false),
      resolved: v.optional(v.string()),
      dependencies: versions,
      optionalDependencies: versions,
    }),
  ),
});
const part = v.object({ name: v.string(), version: v.string(), license: v.string(), integrity: v.string() });
const vendoredSchema = v.object({ upstream: v.object({ integrity: v.string(), parts: v.array(part) }) });

const root = path.resolve(import.meta.dirname, '../..');
const json = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const { packages } = v.parse(lockSchema, json('package-lock.json'));

/** Where Node finds `name` from the package at `place`: the nearest node_modules that has it. */
function find(place: string, name: string): string | undefined {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/') - 1))) {
    const candidate = `${at === '' ? '' : `${at}/`}node_modules/${name}`;
    if (packages[candidate]) return candidate;
    if (at === '') return undefined;
  }
}

const nameOf = (place: string): string => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
const purl = (name: string, version: string): string => `pkg:npm/${name.replace('@', '%40')}@${version}`;
const hashes = (integrity: string): object[] => [
  { alg: 'SHA-512', content: Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex') },
];
const licenses = (expression: string): object[] => [{ license: { id: expression } }];

interface Part {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly integrity: string | undefined;
}
const component = ({ name, version, license, integrity }: Part): object => ({
  type: 'library',
  name,
  version,
  purl: purl(name, version),
  licenses: licenses(license),
  ...(integrity === undefined ? {} : { hashes: hashes(integrity) }),
});
const referred = (part: Part): object => ({ 'bom-ref': purl(part.name, part.version), ...component(part) });

/** Files taken over from a published package: its hash is that of the package they come from. */
function vendored(folder: string, found: Part): object {
  const { upstream } = v.parse(vendoredSchema, json(`${folder}/package.json`));
  return {
    ...referred({ ...found, integrity: undefined }),
    pedigree: {
      ancestors: [component({ ...found, integrity: upstream.integrity })],
      notes: `Only the files of the line chart, with changes listed in ${folder}/README.md`,
    },
    components: upstream.parts.map(referred),
  };
}

const components = new Map<string, object>();
const dependencies: { ref: string; dependsOn: string[] }[] = [];

/** Adds the package at `place` and all that it needs to run; returns its reference. */
function add(place: string): string {
  const entry = packages[place]!;
  const target = entry.link ? packages[entry.resolved ?? '']! : entry;
  const name = place === '' ? 'warroom' : nameOf(place);
  const ref = purl(name, target.version);
  if (dependencies.some((known) => known.ref === ref)) return ref;
  const node = { ref, dependsOn: [] as string[] };
  dependencies.push(node);
  if (place !== '') {
    const found = { name, version: target.version, license: target.license, integrity: target.integrity };
    components.set(ref, entry.link ? vendored(entry.resolved ?? '', found) : referred(found));
  }
  for (const needed of Object.keys({ ...target.dependencies, ...target.optionalDependencies })) {
    const found = find(place, needed);
    if (found !== undefined) node.dependsOn.push(add(found));
  }
  return ref;
}

add('');
const own = packages['']!;
const bill = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {
    component: {
      type: 'application',
      'bom-ref': purl('warroom', own.version),
      name: 'warroom',
      version: own.version,
      purl: purl('warroom', own.version),
      licenses: licenses(own.license),
    },
  },
  components: [...components.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  dependencies,
};
const text = `${JSON.stringify(bill, null, 2)}\n`;
const file = process.argv[2];
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
