/**
 * Where notifications may go: the hosts that an administrator allows, and of the addresses that a host's name stands for, the
 * public ones and those allowed besides. Invariant: what no entry allows is not allowed; no name, spelling or answer of
 * a DNS server leads a request of a tenant to an address inside the cluster or its network that nobody allowed. Pure.
 */
import ipaddr from 'ipaddr.js';

export interface AllowedHosts {
  readonly hosts: readonly HostRule[];
  readonly ranges: readonly Range[];
}

interface HostRule {
  readonly protocol: 'https:' | 'http:';
  /** As URL has it; a wildcard's without `*`, so with a dot first. */
  readonly host: string;
  readonly isWildcard: boolean;
  readonly port: string;
}

type Range = readonly [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number];

export class AllowedHostsError extends Error {
  override readonly name = 'AllowedHostsError';
  readonly reason = 'InvalidEntry';
}

/**
 * @param hosts `hooks.example.com`, `*.example.com`, with a port where it is not that of https, and with `http://` before
 *   it where https is not wanted
 * @param ranges `10.1.0.0/16`, of addresses that are not public
 * @throws AllowedHostsError
 */
export function readAllowedHosts(hosts: readonly string[], ranges: readonly string[]): AllowedHosts {
  return { hosts: hosts.map(hostRule), ranges: ranges.map(rangeOf) };
}

function hostRule(entry: string): HostRule {
  const [, scheme = 'https://', wildcard, rest = ''] = /^(https?:\/\/)?(\*(?=\.))?(.*)$/s.exec(entry) ?? [];
  const url = URL.parse(`${scheme}${wildcard ? `x${rest}` : rest}`);
  // What URL reads otherwise than it is written would allow something else than was meant.
  const host = wildcard ? url?.hostname.slice(1) : url?.hostname;
  const written = url?.port ? `${host}:${url.port}` : host;
  const isSame = written === rest || `${written}:${scheme === 'https://' ? 443 : 80}` === rest;
  if (!url || !host || !isSame || /^\.?$|[*]/.test(host)) {
    throw new AllowedHostsError(
      `${JSON.stringify(entry)} is not a host such as hooks.example.com, *.example.com, hooks.example.com:8443 or http://hooks.example.com`,
    );
  }
  const protocol = url.protocol as HostRule['protocol'];
  return { protocol, host, isWildcard: wildcard !== undefined, port: url.port };
}

function rangeOf(entry: string): Range {
  try {
    return ipaddr.parseCIDR(entry);
  } catch (error) {
    throw new AllowedHostsError(`${JSON.stringify(entry)} is not a range of addresses such as 10.1.0.0/16`, {
      cause: error,
    });
  }
}

export type UrlProblem = 'InvalidUrl' | 'HostNotAllowed';

/** What a notifier's URL comes to. The message of a problem names the host at most: the rest may be a secret. */
export function allowedUrl(
  text: string,
  allowed: AllowedHosts,
):
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly reason: UrlProblem; readonly message: string } {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    return {
      ok: false,
      reason: 'InvalidUrl',
      message: 'it is not a URL such as https://hooks.example.com/pawl',
    };
  }
  if (url.username || url.password) {
    return { ok: false, reason: 'InvalidUrl', message: 'it has a user or a password in it' };
  }
  if (allowed.hosts.some(rule => allows(rule, url))) return { ok: true, url };
  return { ok: false, reason: 'HostNotAllowed', message: `${url.protocol}//${url.host} is not allowed` };
}

function allows(rule: HostRule, { protocol, hostname, port }: URL): boolean {
  if (rule.protocol !== protocol || rule.port !== port) return false;
  return rule.isWildcard ? hostname.endsWith(rule.host) && hostname !== rule.host : hostname === rule.host;
}

/**
 * Whether a request may be sent to an address, which a host's name stands for, or which the URL has itself.
 * @param address of IPv4 or IPv6, without brackets
 */
export function isAddressAllowed(address: string, url: URL, { hosts, ranges }: AllowedHosts): boolean {
  if (!ipaddr.isValid(address)) return false;
  const bare = (host: string) => host.replace(/^\[|\]$/g, '');
  // An administrator who names an address means it.
  const isNamed = hosts.some(
    rule => allows(rule, url) && !rule.isWildcard && ipaddr.isValid(bare(rule.host)),
  );
  // An address of IPv4 within one of IPv6 is what it stands for.
  const known = ipaddr.process(address);
  if (isNamed) return ipaddr.process(bare(url.hostname)).toString() === known.toString();
  if (known.range() === 'unicast') return true;
  return ranges.some(range => range[0].kind() === known.kind() && known.match(range as never));
}
