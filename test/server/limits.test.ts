/** The limits of one person are that person's. */
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { type Api, everything, startApi } from '../setup/api.ts';

it('whoever asks too often is told when to go on, and nobody else is', async () => {
  await using api = await startApi({ settings: { requestsPerMinute: 5 } });
  const [hasty, calm] = [await api.person([everything]), await api.person([everything])];
  const ask = (token: string) => api.ask(`/configs/${api.namespace}`, { token });
  const answers = [];
  for (let i = 0; i < 7; i += 1) answers.push(await ask(hasty));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(2);
  expect(refused[0]!.json).toMatchObject({ reason: 'TooManyRequests', retry_after: expect.any(Number) });
  expect(Number(refused[0]!.headers['retry-after'])).toBeGreaterThan(0);
  expect((await ask(calm)).status).toBe(200);
});

it('a tenant who has taken more than a share of the processor waits, with reads alone, and nobody else does', async () => {
  // The first of everything is let in, and is more than the share; and so is all there is, while nobody else asks.
  await using api = await startApi({ processorTime: { perSecond: 1, burst: 1 } });
  const [ada, bob] = [await api.kube.namespace('ada'), await api.kube.namespace('bob')];
  for (const namespace of [ada, bob]) api.know(namespace);
  const eveToken = await api.person([everything]);
  const [adaToken, bobToken] = [await api.person([everything], ada), await api.person([everything], bob)];
  const heavy = { body_raw: `a: [${'b, '.repeat(30_000)}b]\n` };
  const small = { body_raw: 'a: 1\n', base_version: 0 };
  const put = (token: string, namespace: string, path: string, body: object) =>
    api.ask(`/configs/${namespace}/${path}`, { method: 'PUT', token, body });
  const told = { status: 429, json: { reason: 'TooManyRequests', retry_after: expect.any(Number) } };

  expect(await put(eveToken, api.namespace, 'heavy.yaml?dry_run=true', heavy)).toMatchObject({ status: 200 });
  expect(await put(bobToken, bob, 'first.yaml', small)).toMatchObject({ status: 201 });
  /** Who asks keeps others from taking all there is for ten seconds, also where the answer is to ask later. */
  const bobAsks = () => put(bobToken, bob, 'again.yaml', small);
  const late = await put(eveToken, api.namespace, 'heavy.yaml?dry_run=true', heavy);
  expect(late).toMatchObject(told);
  expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
  await bobAsks();
  // Of a large body nothing is read before that is said.
  const unread = answerTo(
    api,
    [
      ...[`POST /deployments?namespaces=${api.namespace} HTTP/1.1`, 'Host: localhost'],
      ...[`Authorization: Bearer ${eveToken}`, 'Content-Type: application/json', 'Content-Length: 5000000'],
      ...['', '{'],
    ].join('\r\n'),
  );
  expect(await unread).toMatch(/^HTTP\/1\.1 429 /);
  await bobAsks();
  const others = [
    put(eveToken, api.namespace, 'small.yaml', small),
    api.ask(`/search?namespace=${api.namespace}&key=a`, { token: eveToken }),
  ];
  for (const other of await Promise.all(others)) expect(other).toMatchObject(told);
  // What costs next to nothing goes on, and so does everything of everybody else.
  expect(await api.ask(`/configs/${api.namespace}`, { token: eveToken })).toMatchObject({ status: 200 });
  expect(await put(adaToken, ada, 'small.yaml', small)).toMatchObject({ status: 201 });
});

/** Everything that came back until the server closed the connection. @param drip sent again and again, if given */
function answerTo(api: Api, sent: string, drip?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: api.server.port, ca: api.ca, servername: 'localhost' });
    const dripping = setInterval(() => drip && socket.writable && socket.write(drip), 20);
    let answer = '';
    socket.setEncoding('utf8').on('data', text => {
      answer += text;
    });
    // It may still be written to when it is closed at the other end.
    socket.on('error', error => (answer === '' ? reject(error) : undefined));
    socket.on('close', () => {
      clearInterval(dripping);
      resolve(answer);
    });
    socket.write(sent);
  });
}

it('a request that has not arrived in its time is told so, and nothing of it is saved', async () => {
  await using api = await startApi({ requestMs: 5_000 });
  const token = await api.person([everything]);
  const path = `/configs/${api.namespace}/slow.yaml`;
  const whole = JSON.stringify({ body_raw: `a: ${'1'.repeat(100_000)}\n` });
  const head = [
    ...[`PUT ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`],
    ...['Content-Type: application/json', `Content-Length: ${whole.length}`, '', ''],
  ].join('\r\n');
  const slow = await Promise.all([
    // Half a body and then nothing, a body a few bytes at a time, half a head.
    answerTo(api, head + whole.slice(0, whole.length / 2)),
    answerTo(api, head + whole.slice(0, 10), '1'),
    answerTo(api, head.slice(0, 40)),
  ]);
  for (const answer of slow) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      ...{ status: 408, reason: 'RequestTimeout' },
    });
  }
  expect((await api.ask(path)).json).toMatchObject({ status: 404, reason: 'ConfigNotFound' });
  expect(await api.ask(path, { method: 'PUT', body: whole })).toMatchObject({ status: 201 });
});

it('a large body that is refused is answered before it has come, and not waited for, at every door', async () => {
  await using api = await startApi({ frontProxy: 'api-server' });
  const editor = await api.person([everything]);
  const aggregated = '/apis/store.pawl.dev/v1alpha1/namespaces/a/configs';
  const refused = [
    ['/deployments', editor, 413],
    ['/deployments', 'made-up', 401],
    [aggregated, editor, 405],
  ] as const;
  for (const [path, token, status] of refused) {
    const head = [
      ...[`POST ${path} HTTP/1.1`, 'Host: localhost', `Authorization: Bearer ${token}`],
      ...['Content-Type: application/json', 'Content-Length: 40000000', '', '{'],
    ].join('\r\n');
    // The rest never comes, and the connection is closed all the same.
    const answer = await answerTo(api, head);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  }
});
