/**
 * The ConfigMap name and key a path stands for when a ConfigVersion names none. Deterministic, and always
 * valid for the API server. `limits/eu.yaml` is `limits-eu.yaml`; a path that has to lose anything but its
 * slashes (upper case, `_`, length) gets a hash of itself, so `Limits` and `limits` do not fight over one
 * ConfigMap. `a/b` and `a-b` do share a name, the price of names people can guess; the second asker is
 * told `TargetNotOwned` and sets configMap.name.
 */
import { sha256 } from '../../text/sha256.ts';

const maxLength = 253;
const hashLength = 8;

/** A DNS-1123 subdomain name. */
export function defaultConfigMapName(path: string): string {
  const plain = path.replaceAll('/', '-');
  const name = plain
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    // Each label between dots must start and end with a letter or digit.
    .replace(/-*\.[.-]*/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '');
  if (name === plain && name !== '' && name.length <= maxLength) return name;
  const head = name.slice(0, maxLength - hashLength - 1).replace(/[.-]+$/, '');
  return head === '' ? `config-${hash(path)}` : `${head}-${hash(path)}`;
}

/** The last segment as a key of ConfigMap data: [-._a-zA-Z0-9]+, at most 253, not `.` and not starting `..` */
export function defaultConfigMapKey(path: string): string {
  const last = path.slice(path.lastIndexOf('/') + 1);
  const key = last.replace(/[^-._a-zA-Z0-9]/g, '-').replace(/^\.\.+/, '.');
  if (key === last && key !== '' && key !== '.' && key.length <= maxLength) return key;
  // The extension says what the file is, so the hash goes before it.
  const [, stem = '', extension = ''] = /^(.*?)(\.[A-Za-z0-9]{1,16})?$/s.exec(key.replace(/^\.+$/, '')) ?? [];
  const tail = `-${hash(last)}${extension}`;
  return `${stem.slice(0, maxLength - tail.length) || 'config'}${tail}`;
}

function hash(text: string): string {
  return sha256(text).slice(0, hashLength);
}
