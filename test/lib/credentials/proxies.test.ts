import {expect} from 'chai';
import {Agent} from 'node:http';
import {machineToken} from '../../../src/lib/credentials/google/machine.ts';
import {libraryAgent} from '../../../src/lib/credentials/library-agent.ts';
import type {WireOptions} from '../../../src/lib/http/wire.ts';
import {registriesOfTest} from '../../support/registry.ts';
import {startTokenService} from '../../support/token-service.ts';

describe('a proxy', () => {
  const servers = registriesOfTest();
  const proxy = new Agent();
  const asked: string[] = [];
  const wire: WireOptions = {
    proxyAgent: (url) => {
      asked.push(url.host);
      return proxy;
    },
  };
  beforeEach(() => asked.splice(0));

  it('is where clouds’ libraries go to reach their services', () => {
    expect(libraryAgent(new URL('https://sts.amazonaws.com/'), wire)).to.equal(proxy);
  });

  it('does not see the tokens of metadata servers', async () => {
    const google = [{projectId: 'core-dev', projectNumber: '1', tenant: 'payments'}];
    const tokens = servers.closing(await startTokenService({google}));
    const {email} = await machineToken({GCE_METADATA_HOST: new URL(tokens.url).host}, {wire});
    expect(email).to.equal('p2p-payments@core-dev.iam.gserviceaccount.com');
    expect(libraryAgent(new URL('http://169.254.169.254/metadata/identity'), wire)).to.equal(undefined);
    expect(asked).to.deep.equal([]);
  });
});
