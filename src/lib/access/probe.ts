import {credentialFailure} from '../credentials/failures.ts';
import type {Tag} from '../oci/reference.ts';
import {OciError} from '../oci-error.ts';
import {scopesOf, type Session} from '../distribution/session.ts';
import {tagDigest} from '../distribution/manifests.ts';
import {beginUpload, cancelUpload} from '../distribution/uploads.ts';

/** A tag that nobody has: only whether it may be asked for matters. */
const probe = 'corectl-access-check' as Tag;

/** Asks for a tag of the repository; whether it is there does not matter. Raises `pull-refused` and what the wire raises. */
export async function checkPull(session: Session): Promise<void> {
  try {
    await tagDigest({...session, access: 'pull'}, probe);
  } catch (error) {
    throw refusal(error, 'pull-refused');
  }
}

/**
 * Opens an upload in the repository and cancels it, which is the only way to learn whether the identity may push. Raises
 * `push-refused`, `repository-missing`, and what the wire raises.
 */
export async function checkPush(session: Session): Promise<void> {
  try {
    const location = await beginUpload(session);
    await cancelUpload(session, location);
  } catch (error) {
    throw refusal(error, 'push-refused');
  }
}

/** Runs checkPush where the registry has asked for a login so far. One that lets everyone in lets everyone push. */
export async function checkPushIfGuarded(session: Session): Promise<void> {
  const {authorizer, repository, signal} = session;
  const scopes = scopesOf(session, {});
  if ((await authorizer.authorization(repository, scopes, signal)) !== undefined) await checkPush(session);
}

function refusal(error: unknown, code: 'pull-refused' | 'push-refused'): unknown {
  if (!(error instanceof OciError)) return error;
  const {message, status} = error;
  // advice of the identity, which knows the cloud, before the general one
  const options = {first: error.suggestions, cause: error};
  if (status === 401 || status === 403) return credentialFailure(code, message, options);
  if (status === 404 && code === 'push-refused')
    return credentialFailure('repository-missing', message, options);
  return error;
}
