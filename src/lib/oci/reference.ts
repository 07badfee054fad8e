import {isDigest, parseDigest, type Digest} from './digest.ts';
import {ociError, type OciError} from '../oci-error.ts';
import {exitCodes} from '../errors.ts';

/** A registry. */
export interface RegistryName {
  /** `host[:port]`, lower case, as a reference writes it. */
  readonly host: string;
  /** http instead of https. */
  readonly plainHttp: boolean;
}

/** A repository on a registry. */
export interface RepositoryName extends RegistryName {
  readonly path: string;
}

/** A directory in the OCI image layout, which is one repository (image-spec, image-layout.md). */
export interface LayoutDirectory {
  /** Absolute. */
  readonly directory: string;
  /** The folder above it that has to be there already; absent where the user named the directory. */
  readonly below?: string;
}

/** Where images are kept under tags: on a registry, or in a folder. */
export type Repository = RepositoryName | LayoutDirectory;

/** Whether a repository is a folder and no registry has a part in it. */
export const isLayout = (repository: Repository): repository is LayoutDirectory => 'directory' in repository;

/** What stands before the path of a layout, as skopeo and others write it. */
export const layoutPrefix = 'oci:';

/** Whether the text is an absolute path that a layout may have: no `.` or `..`, and no colon, which ends a path before its tag. */
export const isLayoutPath = (text: string): boolean =>
  /^(?:\/(?!\.{1,2}(?:\/|$))[^/:\p{Cc}]+)+$/u.test(text) && text.length <= 1024;

/** Whether the text is an absolute path that layouts may be below. */
export const isFolder = (text: string): boolean => text === '/' || isLayoutPath(text.replace(/\/$/, ''));

/** An image without its registry, as the user names it; at least one of tag and digest is there. */
export interface ImageName {
  readonly name: string;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

// The grammar of distribution-spec, §Pulling manifests, and of a registry's host in front of it.
const alphanumeric = '[a-z0-9]+';
const separator = '(?:\\.|_|__|-+)';
const component = `${alphanumeric}(?:${separator}${alphanumeric})*`;
const pathPattern = new RegExp(`^${component}(?:/${component})*$`);
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const ipv6 = '\\[[0-9a-f:]+\\]';
const domain = '[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?';
const port = '[0-9]{1,5}';
const hostPattern = new RegExp(`^(${ipv6}|${domain})(?::(${port}))?$`);

declare const checked: unique symbol;

/** A tag whose grammar was checked, so that it may stand in a URL. No tag is a digest: tags have no colon. */
export type Tag = string & {readonly [checked]: 'tag'};

/** Whether the text is a tag (distribution-spec, §Pulling manifests). */
export const isTag = (text: string): text is Tag => tagPattern.test(text);

/** Whether the text may stand as a repository's path, or a part of one. */
export const isRepositoryPath = (text: string): boolean => pathPattern.test(text) && text.length <= 255;

/**
 * Whether the text is `host` or `host:port`, lower case, that a URL can hold as it is written: `127.1` and `0x7f.1` would be
 * another host there than the one that is shown, `1.2.3.4.5` and `[1:2]` none.
 */
export function isHost(text: string): boolean {
  const [, host = '', port] = hostPattern.exec(text) ?? [];
  const url = `https://${host}`;
  if (host === '' || !URL.canParse(url)) return false;
  const {hostname} = new URL(url);
  return (hostname === host || host.startsWith('[')) && isPort(port);
}

// 0 means any port that is free
const isPort = (text = '443'): boolean => Number(text) >= 1 && Number(text) <= 65_535;

/**
 * Parses `name:tag`, `name@digest` or `name:tag@digest`. Raises `invalid-reference` (exit code 2) for everything else,
 * a registry in front included: the registry comes from the environments repository.
 */
export function parseImageName(text: string): ImageName {
  const at = text.indexOf('@');
  const beforeDigest = at < 0 ? text : text.slice(0, at);
  const colon = beforeDigest.lastIndexOf(':');
  const hasTag = colon > beforeDigest.lastIndexOf('/');
  const name = hasTag ? beforeDigest.slice(0, colon) : beforeDigest;
  checkName(text, name);
  const tag = hasTag ? tagIn(text, beforeDigest.slice(colon + 1)) : undefined;
  if (hasTag && text.slice(at).startsWith('@sha512:')) {
    throw refuse(
      text,
      'a registry gives what is under a tag a sha256 digest',
      `leave the tag out: ${name}${text.slice(at)}`,
    );
  }
  if (!hasTag && at < 0) {
    throw refuse(text, 'the tag is missing', `name the tag or the digest: ${name}:1.2.3 or ${name}@sha256:…`);
  }
  return {
    name,
    ...(tag !== undefined && {tag}),
    ...(at >= 0 && {digest: digestIn(text, text.slice(at + 1))}),
  };
}

/** `name:tag`, `name@digest` or both, as parseImageName reads it. */
export function formatImageName({name, tag, digest}: ImageName): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The full reference of a tag or digest in a repository, as pull commands take it; `oci:PATH:TAG` as skopeo does. */
export function formatReference(repository: Repository, tagOrDigest: string): string {
  return `${formatRepository(repository)}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
}

/** `HOST/PATH`, or `oci:PATH` of a layout. */
export function formatRepository(repository: Repository): string {
  return isLayout(repository) ? `oci:${repository.directory}` : `${repository.host}/${repository.path}`;
}

const dockerHub = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

/** The host by which registries are compared: default port dropped, Docker Hub's names folded into one. */
export function canonicalHost({host, plainHttp}: RegistryName): string {
  const lower = host.toLowerCase().replace(plainHttp ? /:80$/ : /:443$/, '');
  return dockerHub.has(lower) ? 'docker.io' : lower;
}

/** Whether both repositories are on one registry, so that blobs can be mounted between them. */
export function sameRegistry(one: RepositoryName, other: RepositoryName): boolean {
  return one.plainHttp === other.plainHttp && canonicalHost(one) === canonicalHost(other);
}

/** One text for each repository and the way it is spoken to, however its host is written: a key for maps. */
export const repositoryKey = (repository: Repository): string =>
  isLayout(repository)
    ? formatRepository(repository)
    : `${repository.plainHttp ? 'http' : 'https'}://${canonicalHost(repository)}/${repository.path}`;

/** One text for what is at the same port of the same host, whether it is spoken to by http or https. */
export function locationKey(repository: Repository): string {
  if (isLayout(repository)) return formatRepository(repository);
  const {host, path, plainHttp} = repository;
  const canonical = canonicalHost({host, plainHttp});
  const hasPort = /:\d+$/.test(canonical);
  return `${canonical}${hasPort ? '' : plainHttp ? ':80' : ':443'}/${path}`;
}

function checkName(text: string, name: string): void {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw refuse(text, 'it starts with a URL scheme', 'leave the scheme and the registry out: app:1.2.3');
  }
  const first = name.slice(0, Math.max(name.indexOf('/'), 0));
  if (/[.:]/.test(first) || first === 'localhost') {
    throw refuse(
      text,
      `it names the registry ${JSON.stringify(first)}`,
      `leave the registry out, it comes from the environments repository: ${text.slice(text.lastIndexOf('/') + 1)}`,
    );
  }
  if (/[A-Z]/.test(name) && isRepositoryPath(name.toLowerCase())) {
    throw refuse(
      text,
      'a repository must be lower case',
      `write ${name.toLowerCase()}${text.slice(name.length)}`,
    );
  }
  if (!isRepositoryPath(name)) {
    throw refuse(
      text,
      `${JSON.stringify(name)} is no image name`,
      'an image is written name:tag, for instance app:1.2.3',
    );
  }
  if (/^[a-f0-9]{64}$/.test(name))
    throw refuse(text, 'a name of 64 hexadecimal digits is taken for an image id', 'choose another name');
}

function tagIn(text: string, tag: string): Tag {
  if (isTag(tag)) return tag;
  if (tag === '') throw refuse(text, 'the tag is empty', 'name the tag: app:1.2.3');
  const suggestion = tag.includes('+')
    ? `registries allow no + in a tag; the usual replacement is ${tag.replaceAll('+', '-')}`
    : 'a tag has up to 128 letters, digits, dots, dashes and underscores, and starts with none of . and -';
  throw refuse(text, `${JSON.stringify(tag)} is no tag`, suggestion);
}

function digestIn(text: string, digest: string): Digest {
  try {
    return parseDigest(digest);
  } catch (error) {
    throw refuse(text, (error as Error).message, 'a digest is sha256: and 64 hexadecimal digits');
  }
}

function refuse(text: string, problem: string, suggestion: string): OciError {
  return ociError('invalid-reference', `invalid image ${JSON.stringify(text)}: ${problem}`, {
    suggestions: [suggestion],
    exitCode: exitCodes.usage,
  });
}
