// npm run conformance -- [--auth none|basic|bearer] [--storage memory|files] [--suite current|1.1.1] PROGRAM…;
// docs/conformance.md explains it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs} from 'node:util';
import type {AuthOptions} from '../src/lib/registry/auth.ts';
import {fileStorage} from '../src/lib/registry/file-storage.ts';
import {memoryStorage} from '../src/lib/registry/memory-storage.ts';
import {startRegistry, type RunningRegistry} from '../src/lib/registry/server.ts';
import type {Storage} from '../src/lib/registry/storage.ts';

const user = {name: 'conformance', password: 'secret'};
const auths: Readonly<Record<string, AuthOptions>> = {
  none: {kind: 'none'},
  basic: {kind: 'basic', users: [user]},
  bearer: {kind: 'bearer', users: [user]},
};

const storages: Readonly<Record<string, (folder: string) => Promise<Storage>>> = {
  memory: () => Promise.resolve(memoryStorage()),
  files: fileStorage,
};
const suites: Readonly<Record<string, (registry: RunningRegistry) => Record<string, string>>> = {
  current: currentSuite,
  '1.1.1': suiteOf111,
};

const {values, positionals} = parseArgs({
  options: {
    auth: {type: 'string', default: 'none'},
    storage: {type: 'string', default: 'memory'},
    suite: {type: 'string', default: 'current'},
  },
  allowPositionals: true,
});
const auth = chosen(auths, '--auth', values.auth);
const openStorage = chosen(storages, '--storage', values.storage);
const variables = chosen(suites, '--suite', values.suite);
const login = values.auth === 'none' ? {} : {OCI_USERNAME: user.name, OCI_PASSWORD: user.password};

const folder = await mkdtemp(path.join(tmpdir(), 'corectl-conformance-'));
const registry = await startRegistry({auth, storage: await openStorage(folder)});
try {
  process.exitCode = await outcomeOf(positionals, {...login, ...variables(registry)});
} finally {
  await registry.close();
  await rm(folder, {recursive: true, force: true});
}

function chosen<T>(choices: Readonly<Record<string, T>>, option: string, name: string): T {
  const choice = choices[name];
  if (choice === undefined)
    throw new Error(`${option} takes ${Object.keys(choices).join(', ')}, not ${name}`);
  return choice;
}

/** Runs the suite to its end; without one, says how to reach the registry and waits for Ctrl-C. */
async function outcomeOf(
  [program, ...args]: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  if (program === undefined) {
    for (const [name, value] of Object.entries(env)) process.stdout.write(`export ${name}=${value}\n`);
    await once(process, 'SIGINT');
    return 130;
  }
  const child = spawn(program, args, {stdio: 'inherit', env: {...env, ...process.env}});
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

/** With what it leaves out unless told: cancelled uploads and the digest headers. */
function currentSuite({host}: RunningRegistry): Record<string, string> {
  return {
    OCI_REGISTRY: host,
    OCI_TLS: 'disabled',
    OCI_REPO1: 'conformance/one',
    OCI_REPO2: 'conformance/two',
    OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
    OCI_API_BLOBS_DIGEST_HEADER: 'true',
    OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
  };
}

function suiteOf111({url}: RunningRegistry): Record<string, string> {
  return {
    OCI_ROOT_URL: url,
    OCI_NAMESPACE: 'conformance/one',
    OCI_CROSSMOUNT_NAMESPACE: 'conformance/two',
    // blobs are not looked for in other repositories than the one that is named
    OCI_AUTOMATIC_CROSSMOUNT: '0',
    OCI_TEST_PULL: '1',
    OCI_TEST_PUSH: '1',
    OCI_TEST_CONTENT_DISCOVERY: '1',
    OCI_TEST_CONTENT_MANAGEMENT: '1',
  };
}
