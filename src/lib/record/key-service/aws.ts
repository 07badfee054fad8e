import {clientSettings, type AwsCalls, type AwsKeyProvider} from '../../credentials/aws/account.ts';
import {awsFailure} from '../../credentials/aws/error.ts';
import {notUnderstood} from '../../credentials/service.ts';
import type {KMSClient} from '../../credentials/aws/kms-library.ts';
import type {KeyAddress} from './address.ts';
import {publicKeyFrom, refusedKey, type KeptKey} from './kept-key.ts';

export interface AwsKms {
  readonly calls: AwsCalls;
  readonly keys: AwsKeyProvider;
}

/** A key of AWS's Key Management Service: the one that an alias stands for now. Raises `key-service-refused`. */
export async function awsKey(
  {keyId, endpoint}: KeyAddress & {service: 'aws'},
  {calls, keys}: AwsKms,
): Promise<KeptKey> {
  const {GetPublicKeyCommand, KMSClient, SignCommand} = await import('../../credentials/aws/kms-library.ts');
  const client = new KMSClient({...clientSettings(calls, 'KMS', endpoint), credentials: keys});
  const name = `AWS KMS key ${keyId} in ${calls.region}`;
  const {KeyId: arn = keyId, PublicKey: der} = await answerOf(name, client, (one) =>
    one.send(new GetPublicKeyCommand({KeyId: keyId})),
  );
  const publicKey = publicKeyFrom(Buffer.from(der ?? []), name);
  const usual = {
    KeyId: arn,
    MessageType: 'DIGEST',
    SigningAlgorithm: publicKey.asymmetricKeyType === 'ec' ? 'ECDSA_SHA_256' : 'RSASSA_PKCS1_V1_5_SHA_256',
  } as const;
  return {
    name,
    publicKey,
    sign: async (digest) => {
      const command = new SignCommand({...usual, Message: digest});
      const {Signature: signature} = await answerOf(name, client, (one) => one.send(command));
      if (signature === undefined) throw notUnderstood(name, 'a signature');
      return Buffer.from(signature);
    },
  };
}

/** Failures of the network, and of the credentials themselves, have codes of their own. */
async function answerOf<T>(
  name: string,
  client: KMSClient,
  ask: (client: KMSClient) => Promise<T>,
): Promise<T> {
  try {
    return await ask(client);
  } catch (error) {
    const failure = awsFailure(error, name);
    throw failure.code === 'token-refused' ? refusedKey(failure.message, error) : failure;
  }
}
