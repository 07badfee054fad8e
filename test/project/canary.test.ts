import {expect} from 'chai';
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expectNothingPrinted, expectNothingWritten, plant} from '../support/canary.ts';
import {startTestRegistry} from '../support/registry.ts';

describe('the look-out for secrets that stands behind every test', () => {
  const password = 'canary-of-the-look-out';

  it('finds one that was printed, also in base64', () => {
    plant(password);
    for (const text of [`a ${password} b`, Buffer.from(password).toString('base64')])
      expect(() => {
        expectNothingPrinted('stdout', text);
      }).to.throw('a secret is in stdout');
  });

  it('finds one that was written', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corectl-canary-'));
    writeFileSync(path.join(folder, 'file'), `token: ${password}`);
    expect(() => {
      expectNothingWritten(folder);
    }).to.throw('a secret is in the file');
    rmSync(folder, {recursive: true, force: true});
  });

  it('goes on where other processes remove what it looks at', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'corectl-canary-'));
    const busy = `const {mkdirSync, rmSync, writeFileSync} = require('node:fs');
      process.stdout.write('started');
      for (;;) {
        mkdirSync('clone/objects', {recursive: true});
        for (const name of ['a', 'b', 'c']) writeFileSync('clone/objects/' + name, name);
        rmSync('clone', {recursive: true, force: true});
      }`;
    const child = spawn(process.execPath, ['-e', busy], {cwd: folder});
    try {
      await new Promise((resolve) => child.stdout.once('data', resolve));
      for (let look = 0; look < 2000; look += 1) expectNothingWritten(folder);
    } finally {
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    plant(password);
    mkdirSync(path.join(folder, 'further', 'below'), {recursive: true});
    writeFileSync(path.join(folder, 'further', 'below', 'file'), password);
    expect(() => {
      expectNothingWritten(folder);
    }).to.throw('a secret is in the file');
    rmSync(folder, {recursive: true, force: true});
  });

  it('finds one that was sent to another host than its own', async () => {
    const own = await startTestRegistry({auth: {kind: 'basic', users: [{name: 'me', password}]}});
    const other = await startTestRegistry();
    const authorization = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
    for (const {url} of [own, other]) await fetch(`${url}/v2/`, {headers: {authorization}});
    await own.close();
    const failure: unknown = await other.close().catch((error: unknown) => error);
    expect(String(failure)).to.include('was sent a secret of another host');
  });
});
