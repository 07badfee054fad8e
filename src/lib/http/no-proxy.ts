import {BlockList, isIP} from 'node:net';

/**
 * Whether an entry of NO_PROXY excludes a URL by what the library for proxies does not know, while git, docker and skopeo do:
 * a name excludes every name below it as well, an IPv6 address is written without brackets, and `10.0.0.0/8` is a network.
 */
export function isExcluded(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? defaultPorts[url.protocol] : url.port;
  return list
    .toLowerCase()
    .split(/[,\s]+/)
    .map(parse)
    .some((entry) => (entry.port === undefined || entry.port === port) && covers(entry.name, host));
}

const defaultPorts: Readonly<Record<string, string>> = {'http:': '80', 'https:': '443'};

interface Entry {
  readonly name: string;
  readonly port: string | undefined;
}

function parse(entry: string): Entry {
  if (isIP(entry) !== 0) return {name: entry, port: undefined};
  const [, name = '', port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
  return {name, port};
}

function covers(name: string, host: string): boolean {
  if (name === '') return false;
  if (isIP(host) === 0) return host === name || host.endsWith(`.${name}`);
  const [network = '', bits] = name.split('/');
  const family = isIP(network);
  if (family === 0 || !/^\d{1,3}$/.test(bits ?? '0')) return false;
  const whole = family === 4 ? 32 : 128;
  const length = bits === undefined ? whole : Number(bits);
  if (length > whole) return false;
  const block = new BlockList();
  block.addSubnet(network, length, family === 4 ? 'ipv4' : 'ipv6');
  return block.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}
