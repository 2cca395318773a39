/** All that `npm run fuzz` fuzzes. */
import type { FuzzTarget } from './target.ts';
import { ofNames } from './targets-names.ts';
import { ofTexts } from './targets-texts.ts';

export const targets: Readonly<Record<string, FuzzTarget>> = { ...ofTexts, ...ofNames };
