import {isRecord} from '../../is-record.ts';
import {parseJson} from '../../json.ts';
import {findExecutable} from '../executable.ts';
import type {CorectlError} from '../../errors.ts';
import {credentialFailure} from '../failures.ts';
import {outputLimit, runProgram, type ProgramOptions, type ProgramResult} from '../program.ts';
import type {Credential} from '../../distribution/credential.ts';
import {printable} from '../../printable.ts';

export type HelperOptions = Pick<ProgramOptions, 'env' | 'timeoutMs' | 'signal'>;

/**
 * Asks `docker-credential-NAME` for a server's login (protocol of docker/docker-credential-helpers); undefined when it
 * has none. Raises `credential-helper` (exit code 5). What it prints on stdout is secret and shown nowhere.
 */
export async function askHelper(
  name: unknown,
  server: string,
  options: HelperOptions,
): Promise<Credential | undefined> {
  if (typeof name !== 'string' || !/^[A-Za-z0-9_-]+$/.test(name)) {
    throw failure(`credential helper ${printable(JSON.stringify(name), 60)}`, [
      'it is no helper name: expected letters, digits, - and _',
    ]);
  }
  const program = `docker-credential-${name}`;
  const file = await findExecutable(program, options.env.PATH ?? '');
  if (file === undefined) {
    throw failure(
      program,
      ['it is in no absolute folder of PATH'],
      `install ${program}, or log in without it`,
    );
  }
  return answerOf(
    program,
    await runProgram(file, ['get'], {...options, input: `${server}\n`}),
    options.timeoutMs,
  );
}

function answerOf(program: string, result: ProgramResult, timeoutMs: number): Credential | undefined {
  if (result.timedOut) throw failure(program, [`it gave no answer in ${timeoutMs / 1000} s`]);
  if (result.isMaxBuffer) throw failure(program, [`it printed more than ${outputLimit} bytes`]);
  if (result.exitCode === 0) return credentialOf(program, result.stdout);
  // the protocol's own wording, on stdout
  if (result.stdout.trim() === 'credentials not found in native keychain') return undefined;
  const said = printable(result.stderr.trim(), 300);
  const status = result.exitCode === undefined ? 'it did not end by itself' : `exit code ${result.exitCode}`;
  throw failure(program, said === '' ? [status] : [status, said]);
}

function credentialOf(program: string, stdout: string): Credential | undefined {
  const {Username: username, Secret: secret} = answerIn(stdout);
  if (typeof username !== 'string' || typeof secret !== 'string') {
    throw failure(program, ['expected JSON with Username and Secret, found something else']);
  }
  if (username === '' && secret === '') return undefined;
  if (username === '<token>') return {kind: 'identity-token', token: secret};
  return {kind: 'basic', username, password: secret};
}

function answerIn(stdout: string): Record<string, unknown> {
  const value = parseJson(stdout);
  return isRecord(value) ? value : {};
}

function failure(program: string, problems: string[], suggestion?: string): CorectlError {
  const message = `${program} supplied no login: ${problems.join(': ')}`;
  return credentialFailure('credential-helper', message, {
    first: suggestion === undefined ? [] : [suggestion],
  });
}
