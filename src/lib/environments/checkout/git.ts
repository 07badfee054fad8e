import path from 'node:path';

/** Runs git in one folder with one environment; resolves to its stdout, and rejects when git fails, whether it says why or not. */
export type Git = (...args: string[]) => Promise<string>;

export interface GitCalls {
  readonly signal?: AbortSignal | undefined;
  /** Is given what git writes besides its results. */
  readonly onStderr?: (text: string) => void;
}

/** git by way of simple-git, whose guard drops or refuses everything that can start a program unless it is named. */
export async function gitIn(
  directory: string,
  env: Readonly<Record<string, string>>,
  {signal, onStderr}: GitCalls = {},
): Promise<Git> {
  const {simpleGit} = await import('simple-git');
  // a repository that the folder happens to lie in has no say, unless the caller wants it
  const own = {GIT_CEILING_DIRECTORIES: path.dirname(directory), ...env};
  const git = simpleGit({
    baseDir: directory,
    ...(signal !== undefined && {abort: signal}),
    allowEnvironment: Object.keys(own),
    // by itself, simple-git takes a failure for a success when nothing was printed on stderr
    errors: (error, {exitCode}) =>
      error ??
      (exitCode === 0 ? undefined : Buffer.from(`git ended with exit code ${exitCode} and said nothing`)),
    unsafe: letPass,
  }).env(own);
  if (onStderr !== undefined) {
    git.outputHandler((_command, _stdout, stderr) => {
      stderr.on('data', (chunk: Buffer) => {
        onStderr(chunk.toString());
      });
    });
  }
  return (...args) => git.raw(args);
}

/** What the guard lets pass: it comes from corectl or from the user's own environment, never from a repository. */
const letPass = {
  // the user's own ways of authenticating
  allowUnsafeSshCommand: true,
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeExec: true,
  allowUnsafeConfigEnvCount: true,
  // corectl's settings in GIT_CONFIG_KEY_n, and whatever the user put there
  allowUnsafeHooksPath: true,
  allowUnsafeFsMonitor: true,
  allowUnsafeCredentialHelper: true,
  allowUnsafeUrlRewrite: true,
  allowUnsafeGitProxy: true,
  allowUnsafeInclude: true,
  // `--template=`, so that no hooks are put into the clone
  allowUnsafeTemplateDir: true,
};
