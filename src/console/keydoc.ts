/** Writes `docs/keys.md` from the tables: `npx tsx src/console/keydoc.ts`. */
import { writeFileSync } from 'node:fs';
import { keysDocument } from './keymap.ts';

writeFileSync(new URL('../../docs/keys.md', import.meta.url), keysDocument());
