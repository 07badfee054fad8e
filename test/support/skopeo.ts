import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {isolated} from './cli.ts';

const run = promisify(execFile);

/** The bytes of a manifest as skopeo reads them over plain HTTP; `home` as of runCli. */
export async function inspectRaw(reference: string, home: string): Promise<Buffer> {
  const args = ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`];
  const {stdout} = await run('skopeo', args, {encoding: 'buffer', env: environment(home), timeout: 60_000});
  return stdout;
}

/** Copies an image with everything below it, digests preserved, over plain HTTP. */
export async function skopeoCopy(source: string, destination: string, home: string): Promise<void> {
  const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  const args = [
    'copy',
    '--quiet',
    '--all',
    '--preserve-digests',
    ...plain,
    `docker://${source}`,
    `docker://${destination}`,
  ];
  await run('skopeo', args, {env: environment(home), timeout: 120_000});
}

/** skopeo looks for logins at $REGISTRY_AUTH_FILE and $HOME/.docker. */
function environment(home: string): Record<string, string> {
  const {DOCKER_CONFIG = '', ...rest} = isolated(home);
  return {...rest, REGISTRY_AUTH_FILE: `${DOCKER_CONFIG}/config.json`, XDG_RUNTIME_DIR: home};
}
