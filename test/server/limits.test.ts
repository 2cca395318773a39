/** The limits of one person are that person's, and the certificate follows its files while requests go on. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { createAuthority } from '../../local/x509.ts';
import { type Api, everything, startApi } from '../setup/api.ts';
import { until } from '../setup/until.ts';

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
  await using api = await startApi({ requestMs: 1_000 });
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

it('a new certificate is used without a restart', async () => {
  await using api = await startApi({ certificatesMs: 20 });
  const renewed = createAuthority('renewed');
  const identity = renewed.issue({ commonName: 'localhost' }, 'server', ['localhost', '127.0.0.1']);
  await writeFile(api.files.keyFile, identity.key);
  await writeFile(api.files.certFile, identity.certificate);
  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const to = { host: '127.0.0.1', port: api.server.port, rejectUnauthorized: false };
      const socket = connect(to, () => {
        resolve(String(socket.getPeerCertificate().issuer.CN));
        socket.destroy();
      });
      socket.on('error', reject);
    });
  await until('the new certificate is shown', 10_000, async () => (await shown()) === 'renewed');
});
