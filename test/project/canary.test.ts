import {expect} from 'chai';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
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
