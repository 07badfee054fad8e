// An environments repository of a test, read by the real loader from a folder that is gone afterwards.
import {loadModel} from '../../src/lib/environments/reading/load.ts';
import type {Model} from '../../src/lib/environments/model.ts';
import {remove, temporaryFolder, writeFiles, type Files} from './git.ts';

/** The model of a repository with these files. */
export async function modelOf(files: Files): Promise<Model> {
  const root = temporaryFolder();
  try {
    writeFiles(root, files);
    return await loadModel(root);
  } finally {
    remove(root);
  }
}
