import {expect} from 'chai';
import {describeWithRealRegistry, realLogin, startRealRegistry} from '../support/real-registry.ts';

describeWithRealRegistry('the real registry of the tests', () => {
  it('logs what it was asked', async () => {
    const registry = await startRealRegistry();
    try {
      const answer = await fetch(`${registry.origin}/v2/`);
      expect(answer.status).to.equal(200);
      await answer.text();
      expect(await registry.requests()).to.deep.include({method: 'GET', path: '/v2/', status: 200, bytes: 2});
    } finally {
      await registry.stop();
    }
  });

  it('asks for its login when it is told to', async () => {
    const registry = await startRealRegistry({login: true});
    try {
      const authorization = `Basic ${btoa(`${realLogin.username}:${realLogin.password}`)}`;
      const anonymous = await fetch(`${registry.origin}/v2/`);
      const known = await fetch(`${registry.origin}/v2/`, {headers: {authorization}});
      expect([anonymous.status, known.status]).to.deep.equal([401, 200]);
    } finally {
      await registry.stop();
    }
  });
});
