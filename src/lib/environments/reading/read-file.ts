import path from 'node:path';
import {nearest} from '../../nearest.ts';
import {listInside, readInside} from './files.ts';
import {printable} from '../../printable.ts';
import type {Problem, Subject} from '../model.ts';
import {parseYaml, type YamlFile} from './yaml.ts';

/** A file that is there, or is to be. */
export interface RepositoryFile extends YamlFile {
  readonly missing: boolean;
  /** Whether it is missing and another one beside it has nearly its name. */
  readonly misnamed: boolean;
}

/** A YAML file of the repository; one that is not there or cannot be read is a file without a value. */
export function readYaml(root: string, file: string): RepositoryFile {
  const found = readInside(root, file);
  if (found !== 'missing' && 'content' in found)
    return {...parseYaml(found.content, file), missing: false, misnamed: false};
  const missing = found === 'missing';
  const likely = missing ? likeness(root, file) : '';
  const problem = wholeFile(
    file,
    `expected a YAML file, found ${missing ? `nothing${likely}` : found.instead}`,
  );
  return {...parseYaml('', file), problems: [problem], missing, misnamed: likely !== ''};
}

/** The file beside it that was likely meant: `config.yml`. */
function likeness(root: string, file: string): string {
  const beside = listInside(root, path.posix.dirname(file));
  if (beside === 'missing' || 'instead' in beside) return '';
  const files = beside.content.filter(({kind}) => kind === 'file').map(({name}) => name);
  const [near] = nearest(path.posix.basename(file), files);
  return near === undefined ? '' : ` (but ${printable(near, 100)}: is it to have this name?)`;
}

/** A problem that has no place inside a file. */
export function wholeFile(file: string, message: string): Problem {
  return {file, line: 1, column: 1, key: '', message};
}

/** The same problems, concerning only these subjects. */
export function concerning(problems: readonly Problem[], ...concerns: Subject[]): Problem[] {
  return problems.map((problem) => ({...problem, concerns}));
}
