import {randomUUID} from 'node:crypto';
import {appendFileSync} from 'node:fs';

/** The files through which a step speaks with GitHub's runner, by the names that the runner gives them in the environment. */
type RunnerFile = 'GITHUB_OUTPUT' | 'GITHUB_PATH' | 'GITHUB_STEP_SUMMARY';

/** Adds text to one of the runner's files; a runner without it is no failure. Raises what the file system refuses with. */
export function tellRunner(file: RunnerFile, text: string, env: NodeJS.ProcessEnv): void {
  const path = env[file];
  if (path) appendFileSync(path, `${text}\n`);
}

/** An output as the runner reads it: between marks that nobody who wrote the value could know. */
export function outputLines(name: string, value: string): string {
  const mark = `corectl-${randomUUID()}`;
  return `${name}<<${mark}\n${value}\n${mark}`;
}
