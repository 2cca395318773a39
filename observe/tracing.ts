/**
 * Spans for an OpenTelemetry SDK, where one is loaded into the process (docs/operations.md says how). The rooms know
 * nothing of it: their ports are wrapped, and without an SDK only those calls are wrapped that the metrics need.
 * Invariants: a wrapper changes neither the value nor the error of what it wraps; a span holds names and numbers, never
 * the text of a config.
 */
import { type Attributes, ProxyTracerProvider, type Span, SpanStatusCode, trace } from '@opentelemetry/api';

/** Told how long each span of a name took, in milliseconds; must not throw. */
export type Listeners = Readonly<Record<string, (ms: number) => void>>;

export interface Tracing {
  /** Runs the work inside a span; spans of work done inside it are its parts. */
  span<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /**
   * The same object, with a span around each call of the methods named.
   * @param names method → name of its spans
   */
  wrap<T extends object>(target: T, names: Partial<Record<keyof T, string>>): T;
}

/** An SDK that is loaded later than this is not noticed. */
export function createTracing(listeners: Listeners = {}): Tracing {
  const tracer = hasSdk() ? trace.getTracer('pawl') : null;
  const span = <T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> => {
    const timed = Object.hasOwn(listeners, name) ? () => timing(work, listeners[name]!) : work;
    if (!tracer) return timed();
    return tracer.startActiveSpan(name, { attributes }, active => finishing(active, timed));
  };
  return {
    span,
    wrap<T extends object>(target: T, names: Partial<Record<keyof T, string>>): T {
      const traced = Object.entries<string>(names as Record<string, string>).filter(
        ([, name]) => tracer !== null || Object.hasOwn(listeners, name),
      );
      return traced.length === 0 ? target : wrapped(target, new Map(traced), span);
    },
  };
}

function hasSdk(): boolean {
  const provider = trace.getTracerProvider();
  return (
    !(provider instanceof ProxyTracerProvider) ||
    provider.getDelegate() !== new ProxyTracerProvider().getDelegate()
  );
}

async function timing<T>(work: () => Promise<T>, ended: (ms: number) => void): Promise<T> {
  const startedAt = performance.now();
  try {
    return await work();
  } finally {
    ended(performance.now() - startedAt);
  }
}

async function finishing<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // Error messages may be long, and are in the log anyway.
    const { reason, name } = error as { reason?: unknown; name?: unknown };
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(reason ?? name ?? 'Unknown') });
    throw error;
  } finally {
    span.end();
  }
}

function wrapped<T extends object>(target: T, names: ReadonlyMap<string, string>, span: Tracing['span']): T {
  const methods = new Map<string | symbol, unknown>();
  return new Proxy(target, {
    get(_, key) {
      const known = methods.get(key);
      if (known) return known;
      // Of the target, not of the proxy: private fields are on the target only.
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const name = typeof key === 'string' ? names.get(key) : undefined;
      const method =
        name === undefined
          ? value.bind(target)
          : (...args: unknown[]) => span(name, {}, async () => value.apply(target, args));
      methods.set(key, method);
      return method;
    },
  });
}
