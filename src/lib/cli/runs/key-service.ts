import {mayBeSignedBy, type Consents} from '../../credentials/consents.ts';
import {renewing} from '../../credentials/renewal.ts';
import {tellerOn, type Teller} from '../../credentials/teller.ts';
import type {Via} from '../../credentials/service.ts';
import {untrustedSigner} from '../../credentials/untrusted.ts';
import {ownerOf} from '../../credentials/vendor.ts';
import {foreignEndpoint, type KeyAddress} from '../../record/key-service/address.ts';
import {signingKeyOf, type KeptKey} from '../../record/key-service/kept-key.ts';
import type {SigningKey} from '../../record/signing-key.ts';
import {networkSettings} from '../flags/network-settings.ts';

interface Run {
  readonly env: NodeJS.ProcessEnv;
  readonly flags: {readonly 'ca-file'?: string | undefined};
  readonly consents: Consents;
}

/**
 * A key that a service keeps, which signs for whoever runs corectl: by the credentials that are found here, at no host that the
 * user does not vouch for. Raises `untrusted-host`, and before any registry is asked what keeps the service from signing.
 */
export async function keyOfService(address: KeyAddress, {env, flags, consents}: Run): Promise<SigningKey> {
  const unknown = unvouched(address, consents);
  if (unknown !== undefined) throw untrustedSigner(unknown, consents, shownTo(address));
  return signingKeyOf(await keptKey(address, env, {wire: await networkSettings(env, flags['ca-file'])}));
}

/** The host that a URI has a cloud's credentials shown to, where it is neither the cloud's own nor one that the user vouches for. */
export function unvouched(address: KeyAddress, consents: Consents): URL | undefined {
  const endpoint = foreignEndpoint(address);
  return endpoint === undefined || mayBeSignedBy(endpoint, consents) ? undefined : endpoint;
}

const shownTo = ({service}: KeyAddress) => ({
  where: 'record.key',
  shown: service === 'vault' ? 'a token of Vault' : `a token of ${ownerOf[service]}`,
});

async function keptKey(address: KeyAddress, env: NodeJS.ProcessEnv, via: Via): Promise<KeptKey> {
  const around = {env, via, teller: tellerOn((text) => process.stderr.write(text))};
  switch (address.service) {
    case 'aws':
      return keptByAws(address, around);
    case 'gcp':
      return keptByGoogle(address, around);
    case 'azure':
      return keptByAzure(address, around);
    case 'vault':
      return keptByVault(address, around);
  }
}

interface Around {
  readonly env: NodeJS.ProcessEnv;
  readonly teller: Teller;
  readonly via: Via;
}

type AddressAt<Service> = KeyAddress & {service: Service};

async function keptByAws(address: AddressAt<'aws'>, {env, teller, via}: Around): Promise<KeptKey> {
  const [{ownAwsKeys, usualRegion}, {awsKey}] = await Promise.all([
    import('../../credentials/aws/aws.ts'),
    import('../../record/key-service/aws.ts'),
  ]);
  const calls = {env, region: address.region ?? usualRegion(env), wire: via.wire};
  return awsKey(address, {calls, keys: await ownAwsKeys(calls, teller)});
}

async function keptByGoogle(address: AddressAt<'gcp'>, {env, teller, via}: Around): Promise<KeptKey> {
  const [{cloudKmsUrl, ownGoogleToken}, {googleKey}] = await Promise.all([
    import('../../credentials/google/google.ts'),
    import('../../record/key-service/google.ts'),
  ]);
  const token = keeping(() => ownGoogleToken({env, teller}, via));
  return googleKey(address, {endpoint: cloudKmsUrl(env), token, via});
}

async function keptByAzure(address: AddressAt<'azure'>, {env, via}: Around): Promise<KeptKey> {
  const [{ownVaultToken}, {azureKey}] = await Promise.all([
    import('../../credentials/azure/azure.ts'),
    import('../../record/key-service/azure.ts'),
  ]);
  const token = keeping(() => ownVaultToken({env}, address.endpoint.host, via));
  return azureKey(address, {token, via});
}

async function keptByVault(address: AddressAt<'vault'>, {env, via}: Around): Promise<KeptKey> {
  const [{vaultLogin}, {vaultKey}] = await Promise.all([
    import('../../credentials/vault.ts'),
    import('../../record/key-service/vault.ts'),
  ]);
  return vaultKey(address, {login: await vaultLogin(env), via});
}

/** A token that is asked for again shortly before its end. */
function keeping(
  obtain: () => Promise<{readonly token: string; readonly expires?: number | undefined}>,
): () => Promise<string> {
  const current = renewing(obtain);
  return async () => (await current()).token;
}
