/** Pins what is read: command lines, metrics of servers, flags of the image, and which edits met a resync. */
import { describe, expect, it } from 'vitest';
import { apiWorkBetween } from '../../bench/counters.ts';
import { heapFlags } from '../../bench/heap-flags.ts';
import { readOptions } from '../../bench/options.ts';
import { parseSamples, sumOf } from '../../bench/prometheus.ts';
import { partByResync } from '../../bench/resync.ts';

describe('the command line', () => {
  it('means everything when it names nothing', () => {
    const options = readOptions([]);
    expect(options).toMatchObject({ runs: 1, json: false });
    const names = typeof options === 'string' ? [] : options.tasks.map(({ bench, n }) => `${bench} ${n}`);
    expect(names).toEqual([
      'backlog 2000',
      'backlog 10000',
      'steady 10000',
      'stale 500',
      'stale 500',
      'restart 10000',
      'memory 1000',
      'memory 10000',
      'doors 2000',
      'watchers 10000',
      'tenants 9',
      'schemas 10000',
      'browser 30',
    ]);
  });

  it('may ask for one measurement with several counts', () => {
    expect(readOptions(['backlog', '--n', '2000,50000', '--bytes', '300', '--json'])).toMatchObject({
      json: true,
      tasks: [
        { bench: 'backlog', n: 2_000, bytes: 300 },
        { bench: 'backlog', n: 50_000, bytes: 300 },
      ],
    });
  });

  it('measures stale edits of two lengths, each by itself', () => {
    const tasks = [{ bytes: 3_072 }, { bytes: 30_720 }];
    expect(readOptions(['stale', '--n', '40'])).toMatchObject({ tasks });
  });

  it.each([
    [['speed'], /no measurement is called speed/],
    [['--n', 'many'], /whole and positive/],
    [['--n', '0'], /whole and positive/],
    [['--runs', '1.5'], /whole and positive/],
    [['--fast'], /--fast/],
  ])('is refused with the reason: %j', (args, reason) => {
    expect(readOptions(args)).toMatch(reason);
  });
});

describe('metrics', () => {
  it('are read with labels that hold commas, braces and escaped quotes', () => {
    const samples = parseSamples(
      '# HELP x\nx{a="1,2}",b="say \\"hi\\""} 4\nx 3\nx_total{a="1"} 2 1700000000\n',
    );
    expect(samples).toEqual([
      { name: 'x', labels: { a: '1,2}', b: 'say "hi"' }, value: 4 },
      { name: 'x', labels: {}, value: 3 },
      { name: 'x_total', labels: { a: '1' }, value: 2 },
    ]);
  });

  it('sum to 0 when nothing was counted yet', () => {
    expect(sumOf([], 'pawl_status_writes_total')).toBe(0);
  });

  it('of the API server say what was written since, by what it was for', () => {
    const line = (verb: string, resource: string, subresource: string, code: number, value: number) =>
      `apiserver_request_total{code="${code}",resource="${resource}",subresource="${subresource}",verb="${verb}"} ${value}`;
    const before = parseSamples(line('APPLY', 'configmaps', '', 200, 5));
    const after = parseSamples(
      [
        line('APPLY', 'configmaps', '', 200, 7),
        line('APPLY', 'configmaps', '', 409, 1),
        line('APPLY', 'configversions', 'status', 200, 3),
        line('POST', 'configversions', '', 201, 4),
        line('POST', 'events', '', 201, 6),
        line('PUT', 'leases', '', 200, 8),
        line('LIST', 'configmaps', '', 200, 2),
      ].join('\n'),
    );
    expect(apiWorkBetween(before, after)).toEqual({
      configMapWrites: 3,
      statusWrites: 3,
      eventWrites: 6,
      leaseWrites: 8,
      otherWrites: 4,
      failedWrites: 1,
      reads: 2,
    });
  });
});

describe('the flags of a measured operator', () => {
  const dockerfile = 'ENV NODE_OPTIONS="--max-old-space-size-percentage=65 --max-semi-space-size=4"';

  it('are those of the image, with its percentage of the memory limit in megabytes', () => {
    expect(heapFlags(dockerfile, 'resources: {limits: {memory: 1Gi}}')).toBe(
      '--max-semi-space-size=4 --max-old-space-size=665',
    );
  });

  it('are those of the chart where it says its own', () => {
    const values =
      'resources: {limits: {memory: 512Mi}}\nheapPercent: 60\nnodeOptions: --max-semi-space-size=8';
    expect(heapFlags(dockerfile, values)).toBe('--max-semi-space-size=8 --max-old-space-size=307');
  });

  it('leave out what nothing is known about', () => {
    expect(heapFlags('', '')).toBe('');
    expect(heapFlags(dockerfile, 'resources: {}')).toBe('--max-semi-space-size=4');
  });
});

describe('edits and resyncs', () => {
  it('an edit counts as met by a resync, or as not, only when the polls around it agree', () => {
    const polls = [false, false, true, true, false].map((resyncing, at) => ({ at: at * 10, resyncing }));
    const edits = [5, 15, 25, 35, 45].map(sentAt => ({ sentAt, latencyMs: sentAt }));
    expect(partByResync(edits, polls)).toEqual({ idle: [5], resync: [25] });
  });
});
