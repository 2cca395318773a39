/** What a search for secrets finds in texts of every format, what it leaves alone, and that it tells no secret. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SecretPlace, SecretSearch } from '../../history/words/secret.ts';
import { lookForSecrets, searchSecrets } from '../../secret/search.ts';
import type { Format } from '../../text/format.ts';
import { githubToken, privateKey, publicKey, random, tokens } from './samples.ts';

const places = (found: SecretSearch): readonly SecretPlace[] =>
  found.kind === 'found' ? [...found.fresh.places, ...found.known.places] : [];
const search = (text: string, format: Format = 'yaml', before: string | null = null) =>
  searchSecrets(text, format, before);

describe('a search for secrets', () => {
  it.each<[Format, string, Partial<SecretPlace>]>([
    [
      'yaml',
      'db:\n  password: hunter2\n',
      { pointer: '/db/password', path: 'db.password', line: 2, column: 13 },
    ],
    ['yaml', 'db: {user: app, dbPassword: hunter2, port: 1}\n', { pointer: '/db/dbPassword' }],
    [
      'yaml',
      'a: 1\n---\ndb:\n  - pwd: "hun ter2x"\n  - pwd: "hunter2"\n',
      { pointer: '/1/db/1/pwd', line: 5 },
    ],
    ['yaml', 'passphrase: !!str &p hunter2\n', { pointer: '/passphrase', column: 22 }],
    ['yaml', 'password: |\n  hunter2\n', { pointer: '/password', line: 2, column: 3 }],
    ['json', '{"smtp": {"apiKey": "k3y-a9f-77Q"}}', { pointer: '/smtp/apiKey', column: 22 }],
    ['jsonc', '{\n// mail\n"smtp": {"api_key": "k3y-a9f-77Q"}}', { pointer: '/smtp/api_key', line: 3 }],
    [
      'properties',
      'db.user=app\r\ndb.password = hunter2\r\n',
      { pointer: '/db.password', line: 2, column: 15 },
    ],
    ['env', 'USER=app\nexport DB_PASS=hunter2\n', { line: 2, column: 16 }],
    ['ini', '[mail]\nclient_secret = a1b2c3d4e5\n', { line: 2, path: 'mail.client_secret' }],
    ['toml', '[mail]\ntoken = "a1b2c3d4e5"\n', { line: 2, path: 'mail.token' }],
    ['text', 'run --password=hunter2\n', { pointer: '', path: '', line: 1, column: 16 }],
    ['yaml', 'url: https://x.example/hook?token=a1b2c3d4e5&n=1\n', { pointer: '/url', column: 35 }],
  ])('finds a literal value of a key that is named for one, in %s: %j', (format, text, place) => {
    expect(places(search(text, format))).toMatchObject([
      { rule: 'known-key', message: 'holds a literal secret', ...place },
    ]);
  });

  it.each(Object.entries(tokens))('finds a token of %s wherever it stands', (rule, token) => {
    const text = `note: see ${token} for more\nother: 1\n`;
    expect(places(search(text)).map(place => place.rule)).toContain(rule);
    expect(lookForSecrets(text)).not.toBe('clean');
  });

  it('finds private keys, as PEM in a block, in one line and in base64, and no public ones', () => {
    const indented = privateKey.replaceAll('\n', '\n  ');
    const found = [
      `key: |\n  ${indented}`,
      `key: ${JSON.stringify(privateKey)}\n`,
      `data: ${Buffer.from(privateKey).toString('base64')}\n`,
      `data: ${privateKey.split('\n').slice(1, -2).join('')}\n`,
    ].map(text => places(search(text)).map(({ rule }) => rule));
    expect(found).toEqual(Array.from({ length: 4 }, () => ['private-key']));
    expect(search(`key: |\n  ${publicKey.replaceAll('\n', '\n  ')}`)).toEqual({ kind: 'clean' });
    expect(search(`caBundle: ${Buffer.from(publicKey).toString('base64')}\n`)).toEqual({ kind: 'clean' });
    expect(search('key: |\n  -----BEGIN PRIVATE KEY-----\n  ...\n  -----END PRIVATE KEY-----\n').kind).toBe(
      'clean',
    );
  });

  it('finds a long string that looks like chance', () => {
    expect(places(search(`signing: ${random}\n`))).toMatchObject([
      { rule: 'high-entropy', pointer: '/signing' },
    ]);
  });

  it.each([
    'password: $\u007bDB_PASSWORD}\n',
    'password: $DB_PASSWORD\n',
    'password: "{{ .Values.password }}"\n',
    'password: $(cat /run/secret)\n',
    'password: <your password>\n',
    'password: vault:secret/data/db#password\n',
    'password: ENC[AES256_GCM,data:Tr7o=,type:str]\n',
    'password: changeme\n',
    'password: ""\n',
    'password:\npasswordFile: /run/secrets/db\n',
    'password: null\nuser: app\n',
    'password: Enter your password here\n',
    'password_file: /run/secrets/db\ntoken_url: https://id.example/token\n',
    'passwordSecretRef:\n  name: db\n  key: password\n',
    'imagePullSecret: registry-credentials\nsecret: db-credentials-v2\n',
    'max_token: 4096\ntoken: 12345\nbypass: everything1\ncompass: north12345\n',
    'secretName: a1b2c3d4e5f6\ntokens: 7\n',
    'postgres: postgres://app:$\u007bPASSWORD}@db.internal:5432/app\n',
    'image: registry.example/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n',
    'commit: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b\nid: 123e4567-e89b-12d3-a456-426614174000\n',
    'integrity: sha512-q7Rk2Vx9Lm4Tz8Wp3Yc6Nb1Hd5Jf0Gsq7Rk2Vx9Lm4Tz8Wp3Yc6Nb1Hd5Jf0GsQ==\n',
    'class: com.example.payments.service.MyVeryLongHandlerV2FactoryBean\n',
    'path: /usr/local/share/PaymentsService2/Resources/EuropeanLimits4\n',
    'ssh: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIq7Rk2Vx9Lm4Tz8Wp3Yc6Nb1Hd5Jf0Gsq7Rk2Vx9Lm4Tz\n',
    'example: AKIAIOSFODNN7EXAMPLE\n',
  ])('leaves alone: %j', text => {
    expect(search(text)).toEqual({ kind: 'clean' });
  });

  it('passes over what is allowed beside it or in the line above, with a reason only', () => {
    const allowed = [
      'password: hunter2 # pawl:allow-secret only for the demo\n',
      '# pawl:allow-secret only for the demo\npassword: hunter2\n',
      '{\n"//": "pawl:allow-secret only for the demo",\n"password": "hunter2"\n}\n',
      `key: | # pawl:allow-secret a test key\n  ${privateKey.replaceAll('\n', '\n  ')}`,
    ];
    for (const text of allowed) expect(search(text), text).toEqual({ kind: 'clean' });
    expect(search('password: hunter2 # pawl:allow-secret\n').kind).toBe('found');
    expect(search('# pawl:allow-secret demo\n\npassword: hunter2\n').kind).toBe('found');
    expect(search(`# secretlint-disable\ntoken: ${githubToken}\n`).kind).toBe('found');
  });

  it('tells what a text brings in from what the one before it holds, wherever that stands there', () => {
    const before = `a: 1\ndb:\n  password: hunter2\n`;
    const text = `password: hunter2\nmail:\n  password: hunter3\n`;
    expect(search(text, 'yaml', before)).toMatchObject({
      fresh: { places: [{ pointer: '/mail/password' }], more: 0 },
      known: { places: [{ pointer: '/password' }], more: 0 },
    });
  });

  it('names twenty places, and counts the others', () => {
    const text = Array.from({ length: 25 }, (_, n) => `password${n}.pwd=hunter${n}\n`).join('');
    const found = search(text, 'properties');
    expect(places(found)).toHaveLength(20);
    expect(found).toMatchObject({ fresh: { more: 5 } });
  });

  it('tells no secret, whatever it is and wherever it stands', () => {
    const letters = fc.constantFrom(...'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789');
    const secrets = fc.oneof(
      fc.string({ unit: letters, minLength: 36, maxLength: 36 }).map(some => ['ghp', some].join('_')),
      fc.string({ unit: letters, minLength: 12, maxLength: 40 }).map(some => `9${some}Z`),
    );
    const forms = fc.constantFrom<readonly [Format, (secret: string) => string]>(
      ['yaml', secret => `a:\n  password: ${secret}\n`],
      ['yaml', secret => `? ${secret}\n: {token: ${secret}}\n`],
      ['json', secret => JSON.stringify({ [secret]: { password: secret } })],
      ['properties', secret => `${secret}.password=${secret}\n`],
      ['env', secret => `API_KEY="${secret}"\n`],
      ['text', secret => `password: ${secret}`],
    );
    fc.assert(
      fc.property(secrets, forms, (secret, [format, form]) => {
        const found = search(form(secret), format);
        expect(found.kind).toBe('found');
        expect(JSON.stringify(found)).not.toContain(secret);
      }),
    );
  });

  it('finds nothing where a look finds nothing', () => {
    const parts = fc.constantFrom(
      ...[
        'password',
        'token',
        ': ',
        '=',
        '"',
        'hunter2',
        '\n',
        'a',
        ' ',
        '$\u007bX}',
        githubToken,
        random,
        '#',
        '://',
      ],
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 30 }), some => {
        const text = some.join('');
        if (lookForSecrets(text) === 'clean')
          expect(searchSecrets(text, 'text', null)).toEqual({ kind: 'clean' });
      }),
    );
  });
});
