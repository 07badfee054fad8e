import {expect} from 'chai';
import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {identitiesFor} from '../../../src/lib/access/identities.ts';
import type {RegistryPlace} from '../../../src/lib/access/place.ts';
import type {Environment} from '../../../src/lib/environments/model.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {remove, temporaryFolder} from '../../support/git.ts';

describe('credential files of destinations that share a repository', () => {
  let folder: string;
  before(() => {
    folder = temporaryFolder();
    for (const name of ['one', 'other']) {
      const user = {type: 'authorized_user', client_id: 'id', client_secret: 's', refresh_token: name};
      writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(user), {mode: 0o600});
    }
  });
  after(() => {
    remove(folder);
  });

  const environment = (name: string): Environment => ({
    name,
    enabled: true,
    origin: {file: `environments/${name}/config.yaml`, line: 1, column: 1, key: ''},
  });
  const shared: RegistryPlace = {
    environment: environment('prod-eu'),
    alsoFor: [environment('prod-us')],
    label: 'prod-eu, prod-us',
    stage: 'prod',
    repository: {host: 'r.example.com', path: 'prod/app', plainHttp: false},
  };
  const identityBy = (...files: string[]) => {
    const destinations = files.map((file) => file.replace(/(\w+)$/, `${folder}/$1.json`));
    const parties = {tenant: 'payments', destinations: [['prod-eu', 'prod-us'], ['prod-cn']]};
    return identitiesFor(parties, {destinations}, {env: {}})(shared, 'destination').id;
  };

  it('are for both, whichever of them is named', () => {
    for (const name of ['prod-eu', 'prod-us'])
      expect(identityBy(`${name}=one`)).to.equal('destination:prod-eu:override');
    expect(identityBy('prod-eu=one', 'prod-us=one')).to.equal('destination:prod-eu:override');
    expect(identityBy('prod-cn=one')).to.equal('destination:prod-eu');
  });

  it('are refused where there are two of which one would be dropped', () => {
    const refused = (...files: string[]) =>
      expect(() => identityBy(...files)).to.throw(
        CorectlError,
        /two credential files: .*one.json and .*other.json/,
      );
    refused('prod-eu=one', 'prod-us=other').and.to.have.property('exitCode', 2);
    refused('prod-cn=one', 'prod-cn=other');
    refused('one', 'other');
  });

  it('of an environment that is no destination are refused', () => {
    expect(() => identityBy('dev=one')).to.throw(CorectlError, 'dev is none of the destinations');
  });
});
