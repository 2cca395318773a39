/**
 * Makes the environment a plain object. The yaml package looks into it for each token of a text, and Node's own answers
 * ten times more slowly: a merge takes a sixth less time without. Invariant: what is in it stays what it was.
 */
export function plainEnvironment(): void {
  process.env = { ...process.env };
}
