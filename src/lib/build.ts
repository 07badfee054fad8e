declare const CORECTL_BUILD: string | undefined;
declare const CORECTL_ONE_FILE: boolean | undefined;

/** Which sources and libraries this corectl was made of: equal for equal ones, wherever it is installed. The bundler fills it in. */
export const build: string = typeof CORECTL_BUILD === 'string' ? CORECTL_BUILD : 'sources';

/** What starts this corectl again, to be followed by its arguments: the one file that it is, or Node with its entry. */
export function ownCommand({execPath, execArgv, argv}: NodeJS.Process): readonly [string, ...string[]] {
  const oneFile = typeof CORECTL_ONE_FILE !== 'undefined';
  return oneFile ? [execPath] : [execPath, ...execArgv, argv[1] ?? ''];
}
