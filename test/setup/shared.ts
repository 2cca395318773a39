/**
 * A real part that several projects of one test run use: started by the first that asks, taken down after the last.
 * Vitest loads a global setup once for each project, so what is shared is kept where all of them see it.
 */
interface Shared<T> {
  users: number;
  part: Promise<T>;
}

const everywhere = globalThis as { pawlParts?: Map<string, Shared<unknown>> };
const parts = everywhere.pawlParts ?? new Map<string, Shared<unknown>>();
everywhere.pawlParts = parts;

export async function share<T extends AsyncDisposable>(
  name: string,
  start: () => Promise<T>,
): Promise<{ part: T; release(): Promise<void> }> {
  const shared = (parts.get(name) ?? { users: 0, part: start() }) as Shared<T>;
  parts.set(name, shared);
  shared.users++;
  const part = await shared.part;
  return {
    part,
    async release() {
      if (--shared.users > 0) return;
      parts.delete(name);
      await part[Symbol.asyncDispose]();
    },
  };
}
