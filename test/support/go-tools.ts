import {execFile} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {promisify} from 'node:util';
import {isolated} from './cli.ts';
import type {RealTool} from './real-tools.ts';

const run = promisify(execFile);

/** A folder of their own for programs that are written in Go, which reach loopback and nothing else. */
export interface Workshop {
  readonly folder: string;
  /** What the program prints on stdout; rejects with what it prints on stderr when it fails. */
  run(tool: RealTool, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Buffer>;
}

/** In a `describe`: a workshop that is removed afterwards. */
export function workshopOfSuite(): Workshop {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-tools-'));
  });
  after(() => rm(folder, {recursive: true, force: true}));
  return {
    get folder() {
      return folder;
    },
    run: async (tool, args, env = {}) => {
      const options = {cwd: folder, env: {...isolated(folder), ...offline, ...env}, timeout: 60_000};
      const {stdout} = await run(tool, args, {...options, encoding: 'buffer', maxBuffer: 64 * 1024 * 1024});
      return stdout;
    },
  };
}

// nothing listens there, and Go asks no proxy for loopback
const offline = {HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9'};
