/** Spans, with the SDK that people load, and without one. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, type ContextManager, context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { createTracing } from '../../observe/tracing.ts';

/** What @opentelemetry/context-async-hooks does, in short. */
class Contexts implements ContextManager {
  readonly #current = new AsyncLocalStorage<Context>();
  active = () => this.#current.getStore() ?? ROOT_CONTEXT;
  with = ((to: Context, run: (...args: unknown[]) => unknown, self: unknown, ...args: unknown[]) =>
    this.#current.run(to, () => run.apply(self, args))) as ContextManager['with'];
  bind = <T>(_: Context, target: T): T => target;
  enable = () => this;
  disable = () => this;
}

function load(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new Contexts());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  return exporter;
}

afterEach(() => {
  trace.disable();
  context.disable();
});

class Port {
  readonly #secret = 'text';
  async save(text: string): Promise<string> {
    if (text === 'bad') throw Object.assign(new Error(`cannot save ${text}`), { reason: 'Unstorable' });
    return this.#secret + text;
  }
  async look(): Promise<string> {
    return this.#secret;
  }
  size = 3;
}

describe('tracing', () => {
  it('makes a span of each call that is named, inside of the one around it, with no text in it', async () => {
    const exporter = load();
    const tracing = createTracing();
    const port = tracing.wrap(new Port(), { save: 'save version' });
    await tracing.span('reconcile', { 'pawl.key': 'ns/limits' }, async () => {
      expect(await port.save('!')).toBe('text!');
      expect(await port.look()).toBe('text');
    });
    const [save, reconcile] = exporter.getFinishedSpans();
    expect([save?.name, reconcile?.name]).toEqual(['save version', 'reconcile']);
    expect(save?.parentSpanContext?.spanId).toBe(reconcile?.spanContext().spanId);
    expect(save?.attributes).toEqual({});
    expect(reconcile?.attributes).toEqual({ 'pawl.key': 'ns/limits' });
    expect(exporter.getFinishedSpans()).toHaveLength(2);
  });

  it('tells the reason of an error, and passes it on as it is', async () => {
    const exporter = load();
    const port = createTracing().wrap(new Port(), { save: 'save' });
    await expect(port.save('bad')).rejects.toThrow('cannot save bad');
    expect(exporter.getFinishedSpans()[0]?.status).toMatchObject({ code: 2, message: 'Unstorable' });
  });

  it('wraps nothing without an SDK but what somebody wants the time of', async () => {
    const took: number[] = [];
    const plain = new Port();
    expect(createTracing().wrap(plain, { save: 'save' })).toBe(plain);
    const port = createTracing({ save: ms => took.push(ms) }).wrap(plain, { save: 'save', look: 'look' });
    expect(await port.save('!')).toBe('text!');
    expect(port.size).toBe(3);
    await expect(port.save('bad')).rejects.toMatchObject({ reason: 'Unstorable' });
    await port.look();
    expect(took).toHaveLength(2);
  });
});
