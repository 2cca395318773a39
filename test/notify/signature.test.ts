/** Signatures, verified by the reference library of Standard Webhooks. */
import fc from 'fast-check';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders, signingKey } from '../../operator/notify/signature.ts';

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`;
const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 }).map(secretOf);
const bodies = fc.string({ unit: 'binary' }).filter(text => text.isWellFormed());
const key = (secret: string) => signingKey(secret)!;

describe('a signature', () => {
  it('is that of the specification for its own example', () => {
    const headers = signedHeaders(
      {
        id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        at: new Date(1_614_265_330_000),
        body: '{"test": 2432232314}',
      },
      [key('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is accepted by the reference library with each of the keys, whatever the body', () => {
    fc.assert(
      fc.property(fc.array(secrets, { minLength: 1, maxLength: 4 }), bodies, (all, text) => {
        const body = JSON.stringify({ text });
        const headers = signedHeaders({ id: 'msg_1', at: new Date(), body }, all.map(key));
        for (const secret of all) expect(new Webhook(secret).verify(body, headers)).toEqual({ text });
      }),
    );
  });

  it('is not accepted with another key, for another body or another id', () => {
    fc.assert(
      fc.property(fc.uniqueArray(secrets, { minLength: 2, maxLength: 2 }), ([own, other]) => {
        const headers = signedHeaders({ id: 'msg_1', at: new Date(), body: '{}' }, [key(own!)]);
        expect(() => new Webhook(other!).verify('{}', headers)).toThrow(WebhookVerificationError);
        const webhook = new Webhook(own!);
        expect(() => webhook.verify('[]', headers)).toThrow(WebhookVerificationError);
        expect(() => webhook.verify('{}', { ...headers, 'webhook-id': 'msg_2' })).toThrow(
          WebhookVerificationError,
        );
      }),
    );
  });

  it('is left out without a key', () => {
    const headers = signedHeaders({ id: 'msg_1', at: new Date(0), body: '' }, []);
    expect(headers).toEqual({ 'webhook-id': 'msg_1', 'webhook-timestamp': '0' });
  });
});

describe('a key', () => {
  it.each([
    ['', 'nothing'],
    ['whsec_', 'no bytes'],
    ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'no prefix'],
    [secretOf(new Uint8Array(23)), 'too few bytes'],
    [secretOf(new Uint8Array(65)), 'too many bytes'],
    ['whsec_not base64 at all, but long enough to be', 'no base64'],
  ])('is not made of %j: %s', text => {
    expect(signingKey(text)).toBeNull();
  });

  it('may end with a line end, as files do', () => {
    expect(signingKey(`${secretOf(new Uint8Array(32))}\n`)).toEqual(Buffer.alloc(32));
  });
});
