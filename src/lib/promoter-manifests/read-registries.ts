import {hostname} from '../environments/location.ts';
import type {YamlFile, YamlPath, YamlValue} from '../environments/reading/yaml.ts';
import {isLoopback} from '../http/address.ts';
import {isHost, isRepositoryPath, repositoryKey} from '../oci/reference.ts';
import type {Findings} from './findings.ts';
import type {Registry} from './manifest.ts';

export interface NamedRegistries {
  readonly source: Registry;
  readonly destinations: readonly Registry[];
}

/** The list of registries: exactly one source, at least one destination. What is wrong with it goes to the findings. */
export function readRegistries(
  file: YamlFile,
  at: YamlPath,
  findings: Findings,
): NamedRegistries | undefined {
  const before = findings.problems.length;
  const listed = findings.list(at, 'a list of registries, one of them with src: true');
  if (listed === undefined) return undefined;
  const found = listed.map((_, index) => readRegistry(file, [...at, index], findings));
  const sources = found.filter((one) => one?.isSource === true);
  if (sources.length === 0) findings.note(at, 'expected one registry with src: true, found none');
  found.forEach((one, index) => {
    if (one?.isSource === true && one !== sources[0])
      findings.note([...at, index, 'src'], 'expected one registry with src: true, found another one');
  });
  if (listed.length > 0 && found.every((one) => one?.isSource === true))
    findings.note(at, 'expected at least one registry to promote to, found none');
  refuseRepeated(found, at, findings);
  if (findings.problems.length > before) return undefined;
  const [source] = sources;
  return (
    source && {
      source: source.registry,
      destinations: found.flatMap((one) => (one === undefined || one.isSource ? [] : one.registry)),
    }
  );
}

/** `HOST[:PORT]/PATH` in its parts; undefined for what is neither host nor path. */
export function parseRegistry(name: string): Pick<Registry, 'host' | 'path' | 'plainHttp'> | undefined {
  const slash = name.indexOf('/');
  const host = (slash < 0 ? name : name.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? '' : name.slice(slash + 1);
  if (!isHost(host) || (slash >= 0 && !isRepositoryPath(path))) return undefined;
  return {host, path, plainHttp: isLoopback(hostname(host))};
}

interface Found {
  readonly registry: Registry;
  readonly isSource: boolean;
}

function readRegistry(file: YamlFile, at: YamlPath, findings: Findings): Found | undefined {
  const entry = findings.mapping(at, ['name', 'src', 'service-account']);
  if (entry === undefined) return undefined;
  const name = findings.text(
    [...at, 'name'],
    (text) => parseRegistry(text) !== undefined,
    'a registry as HOST[:PORT]/PATH, without a scheme',
  );
  if (!isUnsaid(entry.src))
    findings.text([...at, 'src'], (text) => isTrue(text) || isFalse(text), 'true or false');
  const account = !isUnsaid(entry['service-account'])
    ? findings.text([...at, 'service-account'], isAccount, 'a service account as NAME@DOMAIN')
    : undefined;
  const parts = name === undefined ? undefined : parseRegistry(name);
  if (name === undefined || parts === undefined) return undefined;
  const {line, column} = file.origin([...at, 'name']);
  return {
    registry: {name, ...parts, line, column, ...(account !== undefined && {serviceAccount: account})},
    isSource: typeof entry.src === 'string' && isTrue(entry.src),
  };
}

/** `src:` and `service-account: ""` say what is said without them. */
const isUnsaid = (value: YamlValue | undefined): boolean => value === undefined || value === '';

// YAML 1.1, §bool, by which the image promoter of Kubernetes reads them
const isTrue = (text: string): boolean => /^(?:[yY]|[yY]es|YES|[tT]rue|TRUE|[oO]n|ON)$/.test(text);
const isFalse = (text: string): boolean => /^(?:[nN]|[nN]o|NO|[fF]alse|FALSE|[oO]ff|OFF)$/.test(text);

const isAccount = (text: string): boolean => /^[a-z0-9][a-z0-9.-]*@[a-z0-9][a-z0-9.-]*$/i.test(text);

/** A registry that is there twice would be written twice, or promoted onto itself. */
function refuseRepeated(found: readonly (Found | undefined)[], at: YamlPath, findings: Findings): void {
  const seen = new Set<string>();
  found.forEach((one, index) => {
    if (one === undefined) return;
    const key = repositoryKey(one.registry);
    if (seen.has(key)) findings.note([...at, index, 'name'], 'expected each registry once, found it again');
    seen.add(key);
  });
}
