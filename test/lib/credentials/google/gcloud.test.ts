import {expect} from 'chai';
import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {gcloudToken, gcloudWithLogin} from '../../../../src/lib/credentials/google/gcloud.ts';
import type {CorectlError} from '../../../../src/lib/errors.ts';

describe('gcloud', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-gcloud-'));
    env = {PATH: `${folder}:/usr/bin:/bin`, CLOUDSDK_CONFIG: folder};
    await writeFile(path.join(folder, 'credentials.db'), '');
  });
  afterEach(() => rm(folder, {recursive: true}));

  const install = async (script: string): Promise<string> => {
    const file = path.join(folder, 'gcloud');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  };
  const failure = async (script: string, timeoutMs?: number): Promise<CorectlError> => {
    const file = await install(script);
    return gcloudToken(file, {env, ...(timeoutMs !== undefined && {timeoutMs})}).then(
      () => expect.fail('a token'),
      (error: unknown) => error as CorectlError,
    );
  };

  it('is asked for the access token of whoever has logged in, without a question', async () => {
    const file = await install('[ "$*" = "auth print-access-token --quiet" ] && echo ya29.token');
    const {token, expires} = await gcloudToken(file, {env});
    expect(token).to.equal('ya29.token');
    expect((expires ?? 0) - Date.now()).to.be.within(200_000, 300_000);
  });

  it('is quoted, harmlessly, when it fails', async () => {
    const error = await failure('printf "ERROR: \\033[31mReauthentication\\033[0m required.\\n" >&2; exit 1');
    expect(error).to.include({code: 'cloud-command', exitCode: 5});
    expect(error.message).to.equal(
      'gcloud auth print-access-token: ERROR: [31mReauthentication [0m required.',
    );
    expect(error.suggestions).to.include('log in with gcloud auth login');
  });

  for (const [what, script] of [
    ['nothing', 'exit 0'],
    ['something that is no token', 'echo "Updates are available: canary"'],
  ] as const) {
    it(`is told to have printed no token when it prints ${what}`, async () => {
      const {message} = await failure(script);
      expect(message)
        .to.match(/: it printed no token$/)
        .and.not.contain('canary');
    });
  }

  it('is given up when it hangs, with all that it has started', async () => {
    const started = performance.now();
    const {message} = await failure('sleep 60\necho late', 200);
    expect(message).to.match(/no answer in 0.2 s$/);
    expect(performance.now() - started).to.be.below(30_000);
  });

  for (const [when, signal] of [
    ['before it starts', () => AbortSignal.abort()],
    ['while it runs', () => AbortSignal.timeout(200)],
  ] as const) {
    it(`ends when the run is interrupted ${when}`, async () => {
      const file = await install('sleep 60');
      const interruption = signal();
      const outcome = await gcloudToken(file, {env, signal: interruption}).catch((error: unknown) => error);
      expect(outcome).to.equal(interruption.reason);
    });
  }

  it('is not looked for where nobody has logged in, nor in folders that depend on where corectl is started', async () => {
    const file = await install('echo ya29.token');
    expect(await gcloudWithLogin(env)).to.equal(file);
    expect(await gcloudWithLogin({...env, CLOUDSDK_CONFIG: path.join(folder, 'none')})).to.equal(undefined);
    expect(await gcloudWithLogin({...env, PATH: `.:${path.relative(process.cwd(), folder)}`})).to.equal(
      undefined,
    );
  });
});
