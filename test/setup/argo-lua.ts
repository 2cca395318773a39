/**
 * Argo CD's interpreter of the scripts in argocd-cm. Invariant: a script finds no more here than there: `obj` is the
 * object, and base and table are all there is.
 */
import { LuaFactory } from 'wasmoon';

export async function lua(script: string, object: object): Promise<Record<string, unknown>> {
  const engine = await new LuaFactory().createEngine({ enableProxy: false });
  try {
    await engine.doString(`
      getmetatable('').__index = nil
      for _, name in ipairs({'string', 'math', 'io', 'os', 'debug', 'coroutine', 'utf8', 'package'}) do
        _G[name] = nil
      end`);
    engine.global.set('obj', object);
    return await engine.doString(script);
  } finally {
    engine.global.close();
  }
}
