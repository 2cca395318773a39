/** The limits of one person are that person's, and the certificate follows its files while requests go on. */
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { expect, it } from 'vitest';
import { createAuthority } from '../../local/x509.ts';
import { everything, startApi } from '../setup/api.ts';
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
