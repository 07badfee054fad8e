import {expect} from 'chai';
import {CorectlError} from '../../../src/lib/errors.ts';
import {locateRepository, registryHost} from '../../../src/lib/environments/location.ts';
import {isLayout, type Repository, type RepositoryName} from '../../../src/lib/oci/reference.ts';
import type {Environment, Platform, RegistrySetting} from '../../../src/lib/environments/model.ts';

const origin = {file: 'environments/e1/config.yaml', line: 4, column: 3, key: 'registry.url'};
const place = {tenant: 'payments', stage: 'prod', image: 'app'};

const environment = (given: {platform?: Platform; registry?: RegistrySetting}): Environment => ({
  name: 'e1',
  enabled: true,
  origin,
  ...given,
});
const locate = (url: string, plainHttp?: boolean) =>
  locateRepository(environment({registry: {url, ...(plainHttp !== undefined && {plainHttp})}}), place);
const at = (url: string, plainHttp?: boolean) => onRegistry(locate(url, plainHttp));
const onRegistry = (repository: Repository): RepositoryName => {
  if (isLayout(repository)) throw new Error(`expected a registry, found ${repository.directory}`);
  return repository;
};
const implied = (platform: Platform): string => {
  const {host, path, plainHttp} = onRegistry(locateRepository(environment({platform}), place));
  expect(plainHttp).to.equal(false);
  return `${host}/${path}`;
};

describe('where an image lives', () => {
  it('follows from a Google project and region', () => {
    const gcp = {vendor: 'gcp', projectNumber: '1', region: 'europe-west2'} as const;
    expect(implied({...gcp, projectId: 'core-dev'})).to.equal(
      'europe-west2-docker.pkg.dev/core-dev/tenant/payments/prod/app',
    );
    expect(implied({...gcp, projectId: 'example.com:core-dev'})).to.equal(
      'europe-west2-docker.pkg.dev/example.com/core-dev/tenant/payments/prod/app',
    );
  });

  it('follows from an AWS account and region, with the other domain in China', () => {
    const aws = {vendor: 'aws', accountId: '012345678901'} as const;
    expect(implied({...aws, region: 'eu-west-2'})).to.equal(
      '012345678901.dkr.ecr.eu-west-2.amazonaws.com/tenant/payments/prod/app',
    );
    expect(implied({...aws, region: 'cn-north-1'})).to.equal(
      '012345678901.dkr.ecr.cn-north-1.amazonaws.com.cn/tenant/payments/prod/app',
    );
  });

  it('follows from an Azure registry', () => {
    expect(implied({vendor: 'azure', containerRegistry: 'CoreDev'})).to.equal(
      'coredev.azurecr.io/tenant/payments/prod/app',
    );
  });

  it('is what registry.url says, its placeholders filled in', () => {
    expect(at('harbor.example.com:8443/p/{tenant}/{environment}/{stage}')).to.deep.equal({
      host: 'harbor.example.com:8443',
      path: 'p/payments/e1/prod/app',
      plainHttp: false,
    });
    expect(at('{environment}.example.com/{stage}/x').host).to.equal('e1.example.com');
  });

  it('gets the stage appended when the URL leaves it out, and no tenant', () => {
    expect(at('harbor.example.com/p/').path).to.equal('p/prod/app');
    expect(at('harbor.example.com').path).to.equal('prod/app');
  });

  it('is a folder of its own where registry.url is the path of a disk', () => {
    expect(locate('oci:/mnt/disk')).to.deep.equal({directory: '/mnt/disk/prod/app', below: '/mnt/disk'});
    expect(locate('oci:/mnt/{environment}/{stage}/of-{tenant}')).to.deep.equal({
      directory: '/mnt/e1/prod/of-payments/app',
      below: '/mnt',
    });
    expect(() => locate('oci:/mnt/../etc')).to.throw('expected an absolute path without . and .., found');
    expect(() => locate('oci:/mnt/a:b')).to.throw('expected an absolute path without . and .., found');
    expect(registryHost(environment({registry: {url: 'oci:/mnt/{environment}/x/{tenant}'}}))).to.equal(
      'oci:/mnt/e1/x',
    );
  });

  it('is reached by http when told so, or on a loopback host unless told otherwise', () => {
    for (const host of ['localhost:5000', '127.0.0.1:5000', '[::1]:5000']) {
      expect(at(`${host}/x`).plainHttp, host).to.equal(true);
      expect(at(`${host}/x`, false).plainHttp, host).to.equal(false);
    }
    expect(at('registry.example.com/x').plainHttp).to.equal(false);
    expect(at('registry.example.com/x', true).plainHttp).to.equal(true);
  });

  it('names the environment’s file when no valid repository comes out', () => {
    const wrong = () =>
      locateRepository(environment({registry: {url: 'r.example.com/{tenant}'}}), {
        ...place,
        tenant: 'Pay Ments',
      });
    expect(wrong)
      .to.throw(CorectlError, 'environments/e1/config.yaml:4:3 registry.url')
      .with.include({code: 'invalid-location', exitCode: 2});
  });

  it('shows the host of an environment alone', () => {
    expect(registryHost(environment({registry: {url: '{environment}.example.com/{tenant}'}}))).to.equal(
      'e1.example.com',
    );
  });
});
