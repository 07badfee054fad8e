import {listInside, walkInside} from '../environments/files.ts';
import type {Problem} from '../environments/model.ts';
import {wholeFile} from '../environments/read-file.ts';

/** The two files of a thin manifest, by their paths below the tree's root. */
export interface Project {
  readonly name: string;
  readonly manifest: string;
  readonly images: string;
}

/** The names of a tree of thin manifests; they are fixed, as people and tools go by them. */
const halves = {
  manifests: 'promoter-manifest.yaml',
  images: 'images.yaml',
} as const;
type Half = keyof typeof halves;

/** The files that a project of that name has. */
export function projectNamed(name: string): Project {
  return {
    name,
    manifest: `manifests/${name}/${halves.manifests}`,
    images: `images/${name}/${halves.images}`,
  };
}

/**
 * The projects of a tree, sorted: every folder of `manifests` and of `images` is one, and has to have both files. YAML files
 * that stand elsewhere are problems, as nobody would ever read them; other files are left alone.
 */
export function projectsIn(root: string): {projects: Project[]; problems: Problem[]} {
  const problems: Problem[] = [];
  const files = new Map<Half, Set<string>>();
  for (const half of ['manifests', 'images'] as const) {
    const found = listInside(root, half);
    if (found === 'absent' || 'instead' in found) {
      const instead = found === 'absent' ? 'nothing' : found.instead;
      problems.push(wholeFile(half, `expected a folder with a folder for each project, found ${instead}`));
      continue;
    }
    const walked = walkInside(root, half);
    problems.push(...misplaced(half, walked), ...unread(walked));
    files.set(half, new Set(walked.map(({path}) => path)));
  }
  const names = new Set([...foldersOf(root, 'manifests'), ...foldersOf(root, 'images')]);
  const projects = [...names].sort(byCodePoint).map(projectNamed);
  const complete = projects.filter(({name, manifest, images}) => {
    const missing = [
      ...(files.get('manifests')?.has(manifest) ? [] : [manifest]),
      ...(files.get('images')?.has(images) ? [] : [images]),
    ];
    for (const file of missing)
      problems.push(wholeFile(file, `expected both halves of project ${name}, found nothing here`));
    return missing.length === 0;
  });
  return {projects: complete, problems};
}

/** The order of texts that is the same everywhere. */
export const byCodePoint = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function misplaced(half: Half, walked: readonly {path: string}[]): Problem[] {
  return walked
    .map(({path}) => path)
    .filter((path) => /\.ya?ml$/i.test(path) && !isInPlace(half, path))
    .map((path) => wholeFile(path, `expected ${half}/PROJECT/${halves[half]}, found another YAML file`));
}

/** What nothing is read from, a whole project perhaps. */
function unread(walked: ReturnType<typeof walkInside>): Problem[] {
  return walked
    .filter(({kind}) => kind === 'link' || kind === 'other')
    .map(({path}) =>
      wholeFile(
        path,
        'expected a file or folder to read, found a symbolic link, a device or a folder that may not be read: it is not followed',
      ),
    );
}

function isInPlace(half: Half, path: string): boolean {
  const [folder, , name, ...deeper] = path.split('/');
  return folder === half && name === halves[half] && deeper.length === 0;
}

function foldersOf(root: string, half: Half): string[] {
  const found = listInside(root, half);
  if (found === 'absent' || 'instead' in found) return [];
  return found.content
    .filter(({name, kind}) => kind === 'folder' && !name.startsWith('.'))
    .map(({name}) => name);
}
