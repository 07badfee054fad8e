import {execFileSync, spawn} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, rmSync, writeFileSync} from 'node:fs';
import {once} from 'node:events';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {readNamedFile} from '../../src/lib/named-file.ts';

describe('a file that is named', () => {
  let folder: string;
  const inFolder = (name: string) => path.join(folder, name);
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-named-'));
  });
  afterEach(() => {
    rmSync(folder, {recursive: true});
  });

  /** A pipe that can be written to: somebody holds its other end open until `done`. */
  function pipe(): {readonly file: string; readonly done: () => void} {
    const file = inFolder('pipe');
    execFileSync('mkfifo', [file]);
    const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    return {
      file,
      done: () => {
        closeSync(reader);
      },
    };
  }

  it('is read to its end, however many reads that takes', () => {
    const text = 'é'.repeat(200_001);
    writeFileSync(inFolder('text'), text);
    writeFileSync(inFolder('empty'), '');
    expect(readNamedFile(inFolder('text'))).to.equal(text);
    expect(readNamedFile(inFolder('empty'))).to.equal('');
  });

  it('may be a pipe, also one whose writer takes its time', async () => {
    const {file, done} = pipe();
    const late = 'exec 3> "$0"; echo ready; "$1" -e ""; printf late >&3';
    const writer = spawn('sh', ['-c', late, file, process.execPath]);
    await once(writer.stdout, 'data');
    expect(readNamedFile(file)).to.equal('late');
    done();
  });

  it('may be a pipe whose writer opens it a little later', async function () {
    this.retries(3); // a machine may be too busy for it within the second
    const {file, done} = pipe();
    const writer = spawn('sh', ['-c', 'echo ready; read go; printf late > "$0"', file]);
    await once(writer.stdout, 'data');
    writer.stdin.write('go\n');
    expect(readNamedFile(file)).to.equal('late');
    done();
  });

  it('is refused where it is a pipe that nobody writes to, and where it has no end', () => {
    const {file, done} = pipe();
    expect(() => readNamedFile(file)).to.throw('it is a pipe that nobody writes to');
    expect(() => readNamedFile('/dev/zero')).to.throw(/^it is larger than \d+ bytes$/);
    expect(() => readNamedFile(folder)).to.throw('EISDIR');
    expect(() => readNamedFile(inFolder('none'))).to.throw('ENOENT');
    done();
  });
});
