import {expect} from 'chai';
import {wireError} from '../../../src/lib/http/wire-error.ts';

describe('a connection that fails', () => {
  const url = new URL('https://registry.example.com/v2/');

  // what Node says where a process may open 64 files
  const refused = (code: string) =>
    Object.assign(new Error(`connect ${code} 10.1.2.3:443 - Local (undefined:undefined)`), {code});

  for (const code of ['EMFILE', 'ENFILE']) {
    it(`for want of descriptors (${code}) is not blamed on the registry, and says what helps`, () => {
      const {message, suggestions} = wireError(refused(code), url);
      expect(message).to.equal(
        `registry.example.com: too many files and connections are open here (${code})`,
      );
      expect(suggestions).to.have.length(1);
      expect(suggestions[0]).to.contain('ulimit -n').and.contain('--concurrency');
    });
  }
});
