/** The small parts of the server: remembered answers, targets of URLs, certificates that follow their files. */
import { hash, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../local/x509.ts';
import { Gate } from '../../server/gate.ts';
import { Remembered } from '../../server/remembered.ts';
import { targetOfUrl, urlOf } from '../../server/target.ts';
import { certificateEndOf, followMaterial, type Material, readMaterial } from '../../server/tls.ts';
import { checkPath } from '../../text/config-path.ts';
import { LineBlame } from '../../text/line-blame.ts';
import { valueDiff } from '../../text/value-diff.ts';
import { FakeClock } from '../runtime/fake-clock.ts';

describe('remembered answers', () => {
  it('hold for their time, are asked for once, and failures are not kept', async () => {
    const clock = new FakeClock();
    const answers = new Remembered<boolean>({ clock, max: 2, keepMs: yes => (yes ? 10 : 3) });
    let asked = 0;
    const ask = (value: boolean) => async () => {
      asked += 1;
      return value;
    };
    await Promise.all([answers.get('a', ask(true)), answers.get('a', ask(true))]);
    expect(asked).toBe(1);
    await clock.advance(9);
    await answers.get('a', ask(false));
    expect(asked).toBe(1);
    await clock.advance(2);
    expect(await answers.get('a', ask(false))).toBe(false);
    await clock.advance(4);
    expect(await answers.get('a', ask(true))).toBe(true);
    await expect(answers.get('b', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    for (const key of ['b', 'c', 'd']) await answers.get(key, ask(true));
    expect(answers.size).toBe(2);
  });

  it('of a token that expired or was taken back are worth nothing ten seconds later', async () => {
    const clock = new FakeClock();
    let good = true;
    let asked = 0;
    const ada = { name: 'ada', uid: '1', groups: [], extra: {} };
    const token = async () => {
      asked += 1;
      return good ? ada : null;
    };
    const gate = new Gate({ token, access: async () => true }, clock);
    const identify = () => gate.identify('Bearer t');
    expect(await identify()).toEqual(ada);
    good = false;
    await clock.advance(9_999);
    expect(await identify()).toEqual(ada);
    await clock.advance(1);
    await expect(identify()).rejects.toMatchObject({
      reason: 'Unauthenticated',
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    });
    expect(asked).toBe(2);
  });

  it('are of the token that is shown, also when another one came by the same connection before', async () => {
    const token = async (shown: string) => {
      return shown === 'bad' ? null : { name: shown, uid: '1', groups: [], extra: {} };
    };
    const gate = new Gate({ token, access: async () => true }, new FakeClock());
    const connection = {};
    for (const shown of ['ada', 'bob', 'ada', 'ada', 'bob']) {
      expect(await gate.identify(`Bearer ${shown}`, connection)).toMatchObject({ name: shown });
    }
    for (const shown of ['Bearer bad', 'bob', 'Bearer', undefined]) {
      await expect(gate.identify(shown, connection)).rejects.toMatchObject({ reason: 'Unauthenticated' });
    }
    expect(await gate.identify('Bearer ada', connection)).toMatchObject({ name: 'ada' });
  });

  it('of an API server that does not answer let nobody in', async () => {
    const away = async () => Promise.reject(new Error('away'));
    const gate = new Gate({ token: away, access: away }, new FakeClock());
    await expect(gate.identify('Bearer abc')).rejects.toMatchObject({
      reason: 'ApiUnavailable',
      status: 503,
    });
    const principal = { name: 'ada', uid: '', groups: [], extra: {} };
    const deed = { verb: 'get', namespace: 'n', path: null } as const;
    await expect(gate.demand(principal, deed)).rejects.toMatchObject({ reason: 'ApiUnavailable' });
  });
});

describe('the rights of somebody', () => {
  const ada = { name: 'ada', uid: '', groups: [], extra: {} };
  const read = (path: string | null) => ({ verb: 'get', namespace: 'payments', path }) as const;

  function gateOf(allowed: Set<string>, isOpen?: (namespace: string) => boolean) {
    const asked: string[] = [];
    const clock = new FakeClock();
    const access = async (
      who: { name: string },
      deed: { verb: string; namespace?: string; name?: string },
    ) => {
      const question = [who.name, deed.verb, deed.namespace ?? 'everywhere', deed.name ?? '*'].join(' ');
      asked.push(question);
      return allowed.has(question);
    };
    return { gate: new Gate({ token: async () => null, access }, clock, isOpen), clock, asked };
  }

  it('on a namespace as a whole are asked for once, however many of its configs are read', async () => {
    const { gate, asked } = gateOf(new Set(['ada get payments *']));
    const paths = Array.from({ length: 100 }, (_, index) => `limits/${index}.yaml`);
    const may = await Promise.all(paths.map(path => gate.may(ada, read(path))));
    expect(new Set(may)).toEqual(new Set([true]));
    expect(asked).toEqual(['ada get payments *']);
  });

  it('on one path are asked for by its name, and are none on another path, verb, namespace or person', async () => {
    const { gate, asked } = gateOf(new Set(['ada get payments limits:eu.yaml']));
    expect(await gate.may(ada, read('limits/eu.yaml'))).toBe(true);
    expect(asked).toEqual(['ada get payments *', 'ada get payments limits:eu.yaml']);
    expect(await gate.may(ada, read('limits/us.yaml'))).toBe(false);
    expect(await gate.may(ada, read(null))).toBe(false);
    expect(await gate.may(ada, { ...read('limits/eu.yaml'), verb: 'update' })).toBe(false);
    expect(await gate.may(ada, { ...read('limits/eu.yaml'), namespace: 'pay' })).toBe(false);
    expect(await gate.may({ ...ada, groups: ['staff'], name: 'bob' }, read('limits/eu.yaml'))).toBe(false);
    // Of the same name, and yet somebody else to the API server.
    const before = asked.length;
    await gate.may({ ...ada, groups: ['staff'] }, read('limits/eu.yaml'));
    expect(asked.length).toBe(before + 2);
  });

  it('are never those on a namespace whose name reads like another question', async () => {
    const allowed = new Set(['ada get * *', 'ada get payments limits:eu.yaml']);
    const { gate } = gateOf(allowed);
    expect(await gate.may(ada, read('limits/eu.yaml'))).toBe(true);
    expect(await gate.may(ada, { ...read(null), namespace: '*' })).toBe(true);
    expect(await gate.may(ada, { ...read(null), namespace: null })).toBe(false);
    const digest = hash('sha256', 'limits/eu.yaml', 'base64');
    for (const namespace of [`payments ${digest}`, `payments","${digest}`, 'payments",null', 'null', '']) {
      expect(await gate.may(ada, { ...read(null), namespace })).toBe(false);
    }
  });

  it('in a namespace whose history is that of an earlier one are not enough, at any way in; those on all are', async () => {
    const closed = new Set<string>();
    const allowed = new Set(['get', 'list'].map(verb => `ada ${verb} payments *`));
    const { gate } = gateOf(allowed, name => !closed.has(name));
    const list = { ...read(null), verb: 'list' } as const;
    /** As a request, as a list of namespaces, and for a caller whom the API server has asked about. */
    const ways = async () => [
      await gate.may(ada, read('a.yaml')),
      (await gate.listable(ada, ['payments'])).length === 1,
      await gate.demandOpen(ada, list).then(
        () => true,
        () => false,
      ),
    ];
    expect(await ways()).toEqual([true, true, true]);
    closed.add('payments');
    expect(await ways()).toEqual([false, false, false]);
    await expect(gate.demand(ada, read('a.yaml'))).rejects.toThrow(/earlier Kubernetes namespace/);
    for (const verb of ['get', 'list']) allowed.add(`ada ${verb} everywhere *`);
    const { gate: administrator } = gateOf(allowed, name => !closed.has(name));
    expect(await administrator.may(ada, read('a.yaml'))).toBe(true);
    expect(await administrator.listable(ada, ['payments'])).toEqual(['payments']);
    await administrator.demandOpen(ada, list);
  });

  it('that are taken away end within ten seconds, and those that are given count within three', async () => {
    const allowed = new Set(['ada get payments *']);
    const { gate, clock } = gateOf(allowed);
    expect(await gate.may(ada, read('a.yaml'))).toBe(true);
    allowed.clear();
    await clock.advance(10_001);
    expect(await gate.may(ada, read('a.yaml'))).toBe(false);
    allowed.add('ada get payments *');
    await clock.advance(3_001);
    expect(await gate.may(ada, read('a.yaml'))).toBe(true);
  });
});

describe('the target of a URL', () => {
  it('is a good path or a refusal, for any string, and never another path than was sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), text => {
        const encoded = encodeURIComponent(text.toWellFormed());
        try {
          const { path } = targetOfUrl(`/configs/payments/${encoded}?x=/../y`);
          expect(path).toBe(text.toWellFormed());
          expect(checkPath(path!)).toBeNull();
        } catch (error) {
          expect(error).toMatchObject({ reason: 'InvalidPath' });
        }
      }),
    );
  });

  it('reads back what urlOf wrote', () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9_@+=-][A-Za-z0-9._@+=-]{0,10}$/);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), segments => {
        const config = { namespace: 'payments', path: segments.join('/') };
        expect(targetOfUrl(urlOf(config))).toEqual(config);
      }),
    );
  });
});

describe('the certificate', () => {
  it('follows its files, and what cannot be used does not replace what works', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pawl-tls-'));
    const files = { certFile: join(folder, 'crt'), keyFile: join(folder, 'key') };
    const authority = createAuthority('test');
    const write = async (name: string) => {
      const identity = authority.issue({ commonName: name }, 'server', ['localhost']);
      await writeFile(files.certFile, identity.certificate);
      await writeFile(files.keyFile, identity.key);
    };
    await write('one');
    const material = await readMaterial(files);
    const server = createServer(material);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const shown = () =>
      new Promise<string>((resolve, reject) => {
        const to = { host: '127.0.0.1', port, ca: authority.certificate, servername: 'localhost' };
        const socket = connect(to, () => {
          resolve(String(socket.getPeerCertificate().subject.CN));
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const stop = new AbortController();
    const told: unknown[] = [];
    const used: number[] = [];
    const waiting: (() => void)[] = [];
    // Time is the test's: one look at the files each time it says so.
    const clock = {
      ...new FakeClock(),
      sleep: () => new Promise<void>(resolve => waiting.push(resolve)),
    } as unknown as FakeClock;
    const looked = Promise.withResolvers<void>();
    let next = looked;
    const onChange = (error: unknown) => {
      told.push(error);
      next.resolve();
    };
    const onUse = (now: Material) => used.push(certificateEndOf(now));
    const options = { clock, everyMs: 1, onChange, onUse };
    const following = followMaterial(server, files, material, options, stop.signal);
    const look = async () => {
      next = Promise.withResolvers<void>();
      waiting.shift()!();
      await next.promise;
    };
    expect(await shown()).toBe('one');
    await write('two');
    await look();
    expect(await shown()).toBe('two');
    await writeFile(files.keyFile, 'no key');
    await look();
    expect(await shown()).toBe('two');
    await write('three');
    await look();
    expect(await shown()).toBe('three');
    expect(told.map(error => error === null)).toEqual([true, false, true]);
    expect(used).toHaveLength(2);
    expect(used[1]).toBe(new X509Certificate(await readFile(files.certFile)).validToDate.getTime());
    stop.abort();
    for (const resolve of waiting) resolve();
    await following;
    server.close();
    await rm(folder, { recursive: true });
  });
});

describe('who brought a line', () => {
  it('is the version after the last one without it', () => {
    const blame = new LineBlame('b\na\nc\n', 3n);
    blame.step('a\nc\n', 2n);
    blame.step('a\n', 1n);
    blame.finish();
    expect(blame.lines.map(({ text, version }) => [text, version])).toEqual([
      ['b', 3n],
      ['a', 1n],
      ['c', 2n],
    ]);
  });

  it('blames every line on a version that has it, and never on one after which it was missing', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
      .map(lines => `${lines.join('\n')}\n`);
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), texts => {
        const newest = texts.at(-1)!;
        const blame = new LineBlame(newest, BigInt(texts.length));
        for (let version = texts.length - 1; version >= 1; version -= 1) {
          blame.step(texts[version - 1]!, BigInt(version));
        }
        blame.finish();
        expect(blame.done).toBe(true);
        for (const { text: line, version } of blame.lines) {
          expect(texts[Number(version) - 1]!.split('\n')).toContain(line);
        }
      }),
    );
  });
});

describe('what differs between values', () => {
  it('counts numbers by their digits and knows no order of keys', () => {
    expect(valueDiff('{"a":1,"b":9007199254740993}', '{"b":9007199254740992,"a":1}').changes).toEqual([
      { kind: 'replace', pointer: '/b', before: '9007199254740993', after: '9007199254740992' },
    ]);
    expect(valueDiff('{"__proto__":{"a":1},"x/y~":1}', '{"__proto__":{"a":2}}').changes).toEqual([
      { kind: 'replace', pointer: '/__proto__/a', before: '1', after: '2' },
      { kind: 'remove', pointer: '/x~1y~0', before: '1' },
    ]);
  });

  it('is nothing exactly when they are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
        const [before, after] = [JSON.stringify(a), JSON.stringify(b)];
        expect(valueDiff(before, before).changes).toEqual([]);
        const same = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
        expect(valueDiff(before, after).changes.length === 0).toBe(same);
      }),
    );
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  // In an object again: {} and [] are not the same.
  return { entries: entries.sort(([a], [b]) => (a < b ? -1 : 1)) };
}
