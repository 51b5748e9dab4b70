/** fast-check on the seed of this run: a property that failed fails again under the printed WARROOM_SEED. */
import fc from 'fast-check';
import { SEED } from './random.ts';

fc.configureGlobal({ seed: SEED });

export default fc;
