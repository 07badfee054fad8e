import {parseJson} from '../../json.ts';
import {hasIdentityToken, identityToken, noIdentityToken} from '../../credentials/identity-token.ts';
import {mayBeSignedBy} from '../../credentials/consents.ts';
import {untrustedSigner} from '../../credentials/untrusted.ts';
import {messageOf} from '../../errors.ts';
import {certificateVerifier} from '../../evidence/certificates.ts';
import {recordSigners} from '../../policy/record-signers.ts';
import {parseTrust} from '../../policy/trust.ts';
import {printable} from '../../printable.ts';
import {keylessSigner} from '../../record/keyless/keyless.ts';
import {addressesOf, signingServices, type SigningServices} from '../../record/keyless/services.ts';
import type {RecordSigner} from '../../record/signer.ts';
import {usageError} from '../../usage-error.ts';
import {consentsOf, type ConsentFlags} from '../flags/consents.ts';
import {networkSettings} from '../flags/network-settings.ts';
import type {Trusted} from './demands.ts';

interface Run {
  readonly env: NodeJS.ProcessEnv;
  readonly flags: ConsentFlags & {readonly 'ca-file'?: string | undefined};
  readonly now: Date;
}

/**
 * Who signs records as the pipeline that runs here, by the services that `trust.root` names, where the user vouches for them. Nobody is
 * asked before there is something to sign. Raises `invalid-policy`, `untrusted-host` and `no-identity-token`.
 */
export async function keylessFor(
  trusted: Trusted | undefined,
  {env, flags, now}: Run,
): Promise<RecordSigner> {
  const {trust, requires, ...sources} = trusted ?? nobody;
  const root = rootOf({trust, read: sources.read});
  const services = servicesOf(root, now);
  const consents = await consentsOf(flags, env);
  const unknown = addressesOf(services).find((one) => !mayBeSignedBy(one, consents));
  if (unknown !== undefined) throw untrustedSigner(unknown, consents);
  if (!hasIdentityToken(env)) throw noIdentityToken('this process has no identity token of a pipeline');
  const via = {wire: await networkSettings(env, flags['ca-file'])};
  const {signers} = await recordSigners(trust, requires, sources);
  const verifier = await certificateVerifier(root).catch((error: unknown) => {
    throw invalid(messageOf(error));
  });
  return keylessSigner({services, verifier, known: signers, via, token: () => identityToken(env, via)});
}

const nobody: Trusted = {trust: undefined, requires: [], repositories: [], read: () => undefined};

/** The services that a trust root names. Raises `invalid-policy` where it names none that could sign. */
export function servicesOf(root: unknown, now: Date): SigningServices {
  const services = signingServices(root, now);
  if (typeof services === 'string') throw invalid(services);
  return services;
}

/** What `trust.root` holds. Raises `invalid-policy`. */
export function rootOf({trust, read}: Pick<Trusted, 'trust' | 'read'>): unknown {
  const {root} = parseTrust(trust);
  const text = root && read(root.file);
  if (text === undefined) throw invalid('there is none');
  const value = parseJson(text);
  if (value === undefined) throw invalid('it is no JSON, or nests too deeply');
  return value;
}

const invalid = (why: string) =>
  usageError('invalid-policy', `records cannot be signed keyless by p2p.trust.root: ${printable(why, 300)}`, [
    'cosign trusted-root create writes one, with the addresses of the services in it',
  ]);
