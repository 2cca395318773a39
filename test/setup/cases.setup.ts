/**
 * The random cases of property tests are the same ones in each run of the suite, so that only a change can make it fail.
 * `PAWL_SEED=random` draws others each time, as `npm run test:deep` does, and `PAWL_SEED=N` those of a failure.
 */
import fc from 'fast-check';

const { PAWL_SEED: seed = '20260101' } = process.env;
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) });
