import { describe, expect, it } from 'vitest';
import { KnownNamespaces } from '../../operator/known-namespaces.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

const never = new AbortController().signal;

function world() {
  const [told, atServer] = [new Set<string>(), new Set<string>()];
  const state = { asked: 0, away: false };
  const clock = new FakeClock();
  const known = new KnownNamespaces({
    clock,
    cluster: {
      configNamespace: name => (told.has(name) ? ({} as never) : undefined),
      kubeNamespace: () => undefined,
      async hasNamespaceAtServer(name) {
        state.asked += 1;
        if (state.away) throw new Error('away');
        return atServer.has(name);
      },
    },
  });
  return { told, atServer, state, clock, known };
}

describe('a namespace that was just made', () => {
  it('is there once the watches tell of it, and not missing before', async () => {
    const { told, atServer, clock, known } = world();
    atServer.add('new');
    expect(known.exists('new')).toBe(false);
    const arriving = known.arrives('new', never);
    await clock.advance(100);
    told.add('new');
    await clock.advance(100);
    expect(await arriving).toBe(true);
    expect(known.exists('new')).toBe(true);
  });

  it('is unknown, and neither there nor missing, while no watch tells of it', async () => {
    const { atServer, clock, known } = world();
    atServer.add('new');
    const refused = expect(known.arrives('new', never)).rejects.toThrow('no watch has told');
    await clock.advance(10_000);
    await refused;
  });
});

it('a namespace is missing only when the API server says so, and unknown while it does not answer', async () => {
  const { state, known } = world();
  expect(await known.arrives('none', never)).toBe(false);
  state.away = true;
  await expect(known.arrives('none', never)).rejects.toThrow('away');
  expect(state.asked).toBe(2);
});
