import {BlockList, isIP} from 'node:net';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

// What a registry on the internet has no business to point at: this machine, its network, the cloud's metadata services.
const internal = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  internal.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  internal.addSubnet(network, bits, 'ipv6');
}

/** Whether the host name of a URL is this machine: `localhost`, a name below it, or a loopback address. */
export function isLoopback(hostname: string): boolean {
  const host = bare(hostname);
  return host === 'localhost' || host.endsWith('.localhost') || listed(loopback, host);
}

/** Whether the host name of a URL is this machine or an address of a private or link-local network. */
export function isInternal(hostname: string): boolean {
  return isLoopback(hostname) || listed(internal, bare(hostname));
}

const bare = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

function listed(list: BlockList, host: string): boolean {
  const family = isIP(host);
  // BlockList matches IPv4-mapped IPv6 addresses against the IPv4 rules by itself
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
