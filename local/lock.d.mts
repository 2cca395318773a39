export function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options?: { onWait?: (holder: string) => void },
): Promise<T>;
