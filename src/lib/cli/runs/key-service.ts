import {mayBeSignedBy, type Consents} from '../../credentials/consents.ts';
import {renewing} from '../../credentials/renewal.ts';
import {tellerOn} from '../../credentials/secrets.ts';
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
  const teller = tellerOn((text) => process.stderr.write(text));
  switch (address.service) {
    case 'aws': {
      const [{ownAwsKeys, usualRegion}, {awsKey}] = await Promise.all([
        import('../../credentials/aws/aws.ts'),
        import('../../record/key-service/aws.ts'),
      ]);
      const calls = {env, region: address.region ?? usualRegion(env), wire: via.wire};
      return awsKey(address, {calls, keys: await ownAwsKeys(calls, teller)});
    }
    case 'gcp': {
      const [{cloudKmsUrl, ownGoogleToken}, {googleKey}] = await Promise.all([
        import('../../credentials/google/google.ts'),
        import('../../record/key-service/google.ts'),
      ]);
      const token = keeping(() => ownGoogleToken({env, teller}, via));
      return googleKey(address, {endpoint: cloudKmsUrl(env), token, via});
    }
    case 'azure': {
      const [{ownVaultToken}, {azureKey}] = await Promise.all([
        import('../../credentials/azure/azure.ts'),
        import('../../record/key-service/azure.ts'),
      ]);
      return azureKey(address, {
        token: keeping(() => ownVaultToken({env}, address.endpoint.host, via)),
        via,
      });
    }
    case 'vault': {
      const [{vaultLogin}, {vaultKey}] = await Promise.all([
        import('../../credentials/vault.ts'),
        import('../../record/key-service/vault.ts'),
      ]);
      return vaultKey(address, {login: await vaultLogin(env), via});
    }
  }
}

/** A token that is asked for again shortly before its end. */
function keeping(
  obtain: () => Promise<{readonly token: string; readonly expires?: number | undefined}>,
): () => Promise<string> {
  const current = renewing(obtain);
  return async () => (await current()).token;
}
