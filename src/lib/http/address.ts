import {BlockList, isIP, isIPv4} from 'node:net';

/** Whether the host name of a URL is this machine: `localhost`, a name below it, or a loopback address. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  if (isIPv4(host)) return host.startsWith('127.');
  return host === 'localhost' || host.endsWith('.localhost') || listedAsItIs(loopback, host);
}

/**
 * Whether the host name of a URL is this machine or an address of a private or link-local network, in whichever notation:
 * what a registry on the internet has no business to point at.
 */
export function isInternal(hostname: string): boolean {
  return isLoopback(hostname) || isMetadataService(hostname) || listed(internal, bare(hostname));
}

/** Whether the host name of a URL is where a cloud's machines get their credentials: no registry has any business to point there. */
export function isMetadataService(hostname: string): boolean {
  const host = bare(hostname);
  return metadataNames.has(host) || listed(metadata, host);
}

type Network = readonly [network: string, bits: number];

const loopback = listOf([
  ['127.0.0.0', 8],
  ['::1', 128],
]);

// of AWS, Google, Azure and most others; Oracle's old one, Alibaba's, Azure's own agent's; in IPv6 AWS's and Google's
const metadata = listOf([
  ['169.254.0.0', 16],
  ['192.0.0.192', 32],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['fe80::', 10],
  ['fd00:ec2::', 32],
  ['fd20:ce::254', 128],
]);
const metadataNames = new Set(['metadata.google.internal', 'metadata.goog', 'instance-data.ec2.internal']);

// the special-purpose addresses of IANA's registries that are not globally reachable
const internal = listOf([
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fc00::', 7],
  ['fec0::', 10],
  ['ff00::', 8],
  // translated to IPv4 in one's own network (RFC 8215), or tunnelled to an address that is hidden in it (Teredo)
  ['64:ff9b:1::', 48],
  ['2001::', 32],
]);

type List = () => BlockList;

/** Made when it is first asked: of a host that is no address, which most are, it never is. */
function listOf(networks: readonly Network[]): List {
  let list: BlockList | undefined;
  return () => (list ??= blockListOf(networks));
}

function blockListOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks)
    list.addSubnet(network, bits, familyOf(network) === 4 ? 'ipv4' : 'ipv6');
  return list;
}

/** As `isIP`, whose pattern of IPv6 addresses takes milliseconds to compile: what has no colon is none. */
const familyOf = (host: string): number => (host.includes(':') ? isIP(host) : isIPv4(host) ? 4 : 0);

const bare = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

function listedAsItIs(list: List, host: string): boolean {
  const family = familyOf(host);
  // BlockList matches IPv4-mapped IPv6 addresses against the IPv4 rules by itself
  return family !== 0 && list().check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** The same for wherever packets to the address may end. */
function listed(list: List, host: string): boolean {
  return (
    listedAsItIs(list, host) ||
    (familyOf(host) === 6 && carried(host).some((one) => list().check(one, 'ipv4')))
  );
}

/** By the groups that it follows, where an IPv6 address carries an IPv4 address that packets to it end at. */
const carriers: readonly (readonly [prefix: readonly number[], at: number])[] = [
  [[0, 0, 0, 0, 0, 0], 6], // IPv4-compatible (RFC 4291)
  [[0, 0, 0, 0, 0xffff, 0], 6], // translated (RFC 2765)
  [[0x64, 0xff9b, 0, 0, 0, 0], 6], // NAT64 (RFC 6052)
  [[0x2002], 1], // 6to4 (RFC 3056)
];

/** The IPv4 addresses that an IPv6 address may lead to. */
function carried(host: string): string[] {
  const groups = groupsOf(host);
  const starts = carriers
    .filter(([prefix]) => prefix.every((group, i) => groups[i] === group))
    .map(([, at]) => at);
  // ISATAP (RFC 5214), in whichever network
  const isatap = (groups[4] ?? 0) % 0x200 === 0 && groups[5] === 0x5efe ? [6] : [];
  return [...starts, ...isatap].map((at) => dotted(groups[at] ?? 0, groups[at + 1] ?? 0));
}

/** The eight groups of an IPv6 address; its end may be written as an IPv4 address. */
function groupsOf(host: string): number[] {
  const {hostname} = new URL(`http://[${host.replace(/%.*/, '')}]`);
  const [head = '', tail] = hostname.slice(1, -1).split('::');
  const [first, last] = [head, tail ?? ''].map((part) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16)),
  ) as [number[], number[]];
  return [...first, ...Array.from({length: 8 - first.length - last.length}, () => 0), ...last];
}

const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.');
