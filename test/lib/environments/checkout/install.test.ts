import {expect} from 'chai';
import {existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';
import {install} from '../../../../src/lib/environments/checkout/install.ts';
import {parseSource} from '../../../../src/lib/environments/checkout/source.ts';
import {sampleRepository} from '../../../support/environments-repository.ts';
import {commit, remove, temporaryFolder} from '../../../support/git.ts';

describe('installing a clone', () => {
  let work: string;
  beforeEach(() => {
    work = temporaryFolder();
  });
  afterEach(() => {
    remove(work);
  });

  it('leaves nothing behind when it is interrupted while the server is silent', async () => {
    const interruption = new AbortController();
    const silent = createServer(() => {
      interruption.abort(new Error('interrupted by the test'));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const {port} = silent.address() as AddressInfo;
    const home = path.join(work, 'home');
    try {
      const error: unknown = await install({
        home,
        plan: () => Promise.resolve({source: parseSource(`http://127.0.0.1:${port}/r`, work)}),
        env: process.env,
        terminal: false,
        signal: interruption.signal,
      }).catch((one: unknown) => one);
      expect(String(error)).to.contain('interrupted by the test');
      expect(existsSync(home)).to.equal(false);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });

  it('writes neither the source nor a hook into the clone', async () => {
    const repository = path.join(work, 'repository');
    const head = commit(repository, sampleRepository);
    const home = path.join(work, 'home');
    const source = parseSource(repository, work);
    const options = {home, plan: () => Promise.resolve({source}), env: process.env, terminal: false};
    expect((await install(options)).commit).to.equal(head);
    const clone = path.join(home, 'repositories', 'cplatform');
    expect(readFileSync(path.join(clone, '.git', 'config'), 'utf8')).not.to.contain('remote');
    expect(existsSync(path.join(clone, '.git', 'hooks'))).to.equal(false);
    expect(readFileSync(path.join(clone, '.git', 'HEAD'), 'utf8').trim()).to.equal(head);
  });
});
