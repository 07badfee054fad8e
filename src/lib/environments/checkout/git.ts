/** Runs git in one folder with one environment; resolves to its stdout. */
export type Git = (...args: string[]) => Promise<string>;

/**
 * git by way of simple-git, whose guard drops or refuses everything that can start a program unless it is named. What is
 * named here comes from corectl or from the user's own environment, never from a repository.
 */
export async function gitIn(
  directory: string,
  env: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Git> {
  const {simpleGit} = await import('simple-git');
  const git = simpleGit({
    baseDir: directory,
    ...(signal !== undefined && {abort: signal}),
    allowEnvironment: Object.keys(env),
    unsafe: {
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
    },
  }).env({...env});
  return (...args) => git.raw(args);
}
