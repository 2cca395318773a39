/** A share of processor time that nobody uses up: for tests that are about something else, with people of several tenants. */
import type { ShareLimits } from '../../runtime/shares.ts';

export const wholeProcessor: ShareLimits = { perSecond: 1e9, burst: 1e9 };
