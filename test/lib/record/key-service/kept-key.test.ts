// Keys that services keep: each service is spoken to as it wants to be, and nothing that it answers is taken on trust.
import {generateKeyPairSync, verify} from 'node:crypto';
import {expect} from 'chai';
import {CorectlError} from '../../../../src/lib/errors.ts';
import {empty, json} from '../../../../src/lib/registry/exchange.ts';
import {parseKeyAddress, type KeyAddress} from '../../../../src/lib/record/key-service/address.ts';
import {awsKey} from '../../../../src/lib/record/key-service/aws.ts';
import {azureKey} from '../../../../src/lib/record/key-service/azure.ts';
import {googleKey} from '../../../../src/lib/record/key-service/google.ts';
import {signingKeyOf} from '../../../../src/lib/record/key-service/kept-key.ts';
import {vaultKey} from '../../../../src/lib/record/key-service/vault.ts';
import {accessKey, keyServices, type Fault, type KeyServices} from '../../../support/key-services.ts';

const google = 'projects/p/locations/europe/keyRings/r/cryptoKeys/k';
type In<Service> = KeyAddress & {readonly service: Service};
const addressOf = (uri: string): KeyAddress => parseKeyAddress(uri)!;

describe('a key that a service keeps', function () {
  this.timeout(60_000);
  let services: KeyServices;
  const open = async (pair?: Parameters<typeof keyServices>[0]) => (services = await keyServices(pair));
  afterEach(() => services.close());

  const token = () => Promise.resolve(services.secret);
  const via = {wire: {limits: {answer: 300}}};
  const kept = {
    gcp: () =>
      googleKey(addressOf(`gcpkms://${google}`) as In<'gcp'>, {
        endpoint: new URL(`${services.url}/gcp/`),
        token,
        via,
      }),
    aws: () => {
      const keys = {accessKeyId: accessKey, secretAccessKey: services.secret};
      const calls = {env: {AWS_ENDPOINT_URL_KMS: services.url}, region: 'eu-west-2'};
      return awsKey(addressOf('awskms:///alias/records') as In<'aws'>, {
        calls,
        keys: () => Promise.resolve(keys),
      });
    },
    azure: () => azureKey(addressOf(`azurekms://${services.host}/records`) as In<'azure'>, {token, via}),
    vault: () =>
      vaultKey(addressOf('hashivault://records') as In<'vault'>, {
        login: {
          address: new URL(services.url),
          engine: 'team/transit',
          headers: {'x-vault-token': services.secret},
        },
        via,
      }),
  };
  const all = Object.entries(kept);
  const failureOf = async (work: Promise<unknown>) => {
    const error = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(CorectlError);
    return error as CorectlError;
  };

  for (const [service, keptBy] of all) {
    for (const kind of ['P-256', 'RSA'] as const) {
      it(`signs at ${service} with ${kind}, and its public half verifies that`, async () => {
        const {pem} = await open(
          kind === 'RSA' ? generateKeyPairSync('rsa', {modulusLength: 2048}) : undefined,
        );
        const key = await signingKeyOf(await keptBy());
        const data = Buffer.from('what is signed');
        for (let i = 0; i < 8; i += 1)
          expect(verify('sha256', data, pem, await key.sign(data))).to.equal(true);
      });
    }

    it(`is tried at ${service} before it is used, and nothing by another key is taken`, async () => {
      await open();
      services.fault = {at: 'sign', answer: 'another key'};
      expect((await failureOf(keptBy().then(signingKeyOf))).code).to.equal('signing-failed');
      services.fault = undefined;
      const key = await signingKeyOf(await keptBy());
      services.fault = {at: 'sign', answer: 'another key'};
      const {code, message} = await failureOf(Promise.resolve(key.sign(Buffer.from('x'))));
      expect(code).to.equal('signing-failed');
      expect(message).to.contain('not by the key that it told before');
    });

    it(`tells what ${service} refuses, and quotes no token`, async () => {
      await open();
      for (const at of ['key', 'sign'] as const) {
        services.fault = {at, answer: refusal};
        const failure = await failureOf(keptBy().then(signingKeyOf));
        expect([failure.code, failure.exitCode], at).to.deep.equal(['key-service-refused', 5]);
        expect(failure.message).to.contain('no right');
        expect(JSON.stringify([failure.message, failure.suggestions])).not.to.contain(services.secret);
      }
    });

    it(`does not mistake what is no answer of ${service} for one`, async () => {
      await open();
      const strange: Fault['answer'][] = [page, json(200, {}), json(200, []), json(200, {data: {keys: 1}})];
      for (const at of ['key', 'sign'] as const)
        for (const answer of strange) {
          services.fault = {at, answer};
          expect((await failureOf(keptBy().then(signingKeyOf))).exitCode, at).to.equal(5);
        }
    });
  }

  it('gives up a service that does not answer, as registries are given up', async () => {
    await open();
    services.fault = {at: 'sign', answer: 'nothing'};
    const failure = await failureOf(kept.vault().then(signingKeyOf));
    expect([failure.code, failure.exitCode]).to.deep.equal(['token-service-unreachable', 5]);
  });

  it('takes the newest version of a key of Google, by its number, and stays with it', async () => {
    await open();
    await (await signingKeyOf(await kept.gcp())).sign(Buffer.from('x'));
    const paths = services.log.requests().map(({url}) => url.replace(`/gcp/v1/${google}/`, ''));
    expect(paths).to.deep.equal([
      'cryptoKeyVersions?filter=state%3DENABLED&pageSize=1000',
      'cryptoKeyVersions/10/publicKey',
      'cryptoKeyVersions/10:asymmetricSign',
      'cryptoKeyVersions/10:asymmetricSign',
    ]);
  });

  it('goes where the URI says, and nowhere that an answer says', async () => {
    await open();
    await (await kept.azure()).sign(Buffer.alloc(32));
    expect(services.log.requests().map(({url}) => url)).to.deep.equal([
      '/keys/records/?api-version=7.4',
      '/keys/records/0a1b/sign?api-version=7.4',
    ]);
  });

  it('is refused where cosign would verify no record by it', async () => {
    await open(generateKeyPairSync('ec', {namedCurve: 'P-384'}));
    for (const [service, keptBy] of all) {
      const {code, message} = await failureOf(keptBy().then(signingKeyOf));
      expect(code, service).to.equal('invalid-signing-key');
      expect(message).to.contain('ECDSA on P-256').and.contain('secp384r1');
    }
  });
});

const said = 'no right to use it';
const refusal = json(400, {__type: 'AccessDeniedException', message: said, errors: [said]});
const page = {
  ...empty(200),
  headers: {'content-type': 'text/html'},
  body: Buffer.from('<html>Log in</html>'),
};
