/**
 * A target for `npm run fuzz` itself: a fault behind conditions that an input has to meet one after the other, so that
 * coverage leads to it and chance alone does not.
 */
import type { FuzzTarget } from '../fuzz/target.ts';

function fall(text: string): void {
  if (text[0] !== 'b') return;
  if (text[1] !== '1') return;
  if (text[2] !== ':') return;
  if (text[3] !== 'x') return;
  if (text[4] !== '*') return;
  throw new Error('the planted fault');
}

const planted: FuzzTarget = { promises: 'nothing', parts: 1, words: [], run: ([text = '']) => fall(text) };

export const targets: Readonly<Record<string, FuzzTarget>> = { planted };
