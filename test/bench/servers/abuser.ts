/** A process of one who abuses the hub: `abuser.ts WHAT SCENE`, until its parent says stop. */
import { ABUSES, type Scene } from '../../support/abuses.ts';

const stop = new AbortController();
process.once('message', () => stop.abort()).once('disconnect', () => process.exit());
const abuse = ABUSES[process.argv[2] ?? ''];
if (abuse === undefined) throw new Error(`nobody knows how to do "${process.argv[2]}"`);
await abuse(JSON.parse(process.argv[3] ?? '') as Scene, stop.signal, () => process.send?.('ready'));
process.exit();
