/**
 * Strings that look like secrets, put together here, so that no file of this repository holds one for scanners to find. None
 * of them was ever issued.
 */
import { generateKeyPairSync } from 'node:crypto';

const chance = 'q7Rk2Vx9Lm4Tz8Wp3Yc6Nb1Hd5Jf0Gs';
const more = (length: number, of = `${chance}${chance.toLowerCase()}${chance.toUpperCase()}`) =>
  of.repeat(Math.ceil(length / of.length)).slice(0, length);
const hex = (length: number) => more(length, '3f9a1c7e5b2d8064');

export const tokens: Readonly<Record<string, string>> = {
  aws: `aws_secret_access_key = ${more(20)}/+${more(18)}`,
  'aws-access-key': ['AKIA', 'Q3EGWZ5TN7XK2VHD'].join(''),
  'google-api-key': ['AIza', more(35)].join(''),
  jwt: ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', more(43)].join('.'),
  npm: ['npm', more(36)].join('_'),
  basicauth: ['https://deploy', `${more(12)}@git.internal.corp/app`].join(':'),
  slack: ['xoxb', '123456789012', '123456789012', more(24)].join('-'),
  sendgrid: ['SG', more(22), more(43)].join('.'),
  shopify: ['shpat', hex(32)].join('_'),
  stripe: ['sk_live', more(24)].join('_'),
  github: ['ghp', more(36)].join('_'),
  gitlab: ['glpat', more(20)].join('-'),
  grafana: ['glsa', more(32), hex(8)].join('_'),
  openai: `sk-${more(20)}T3BlbkFJ${more(20)}`,
  anthropic: `sk-ant-api03-${more(93)}AA`,
  groq: ['gsk', more(52)].join('_'),
  huggingface: ['hf', more(34, 'qRkVxLmTzWpYcNbHdJfGs')].join('_'),
  linear: ['lin_api', more(40)].join('_'),
  notion: ['ntn', `12345678901${more(35)}`].join('_'),
  'database-connection-string': ['postgres://app', `${more(12)}@db.internal:5432/app`].join(':'),
  'hashicorp-vault': ['hvs', more(95)].join('.'),
  vercel: ['vcp', more(24)].join('_'),
  databricks: `dapi${hex(32)}`,
  docker: ['dckr_pat', more(27)].join('_'),
  figma: ['figd', more(43)].join('_'),
  cloudflare: ['cfut', `${more(40)}${hex(8)}`].join('_'),
  tailscale: ['tskey-auth', more(17), more(32)].join('-'),
  // In base64, it ends as a brace does that stands alone.
  '1password': `ops_${Buffer.from(JSON.stringify({ email: 'a@b', muk: {}, secretKey: more(85) })).toString('base64')}`,
};

export const githubToken = tokens.github!;

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
export const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
export const random = `${chance}aZ`;
