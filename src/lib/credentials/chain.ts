import {dockerConfigFile} from './docker-config.ts';
import {dockerLogins, type DockerLogins} from './docker-logins.ts';
import {openOverrideFile} from './override-file.ts';
import {hostname} from '../environments/location.ts';
import type {CredentialKind, Environment} from '../environments/model.ts';
import {isLoopback} from '../oci/address.ts';
import {anonymous, type Identity} from '../oci/credential.ts';

export interface CredentialContext {
  readonly role: 'source' | 'destination';
  /** The process's environment. */
  readonly env: NodeJS.ProcessEnv;
  /** The credential file that the user named for this side. */
  readonly authOverride?: string;
  /** Docker's logins, when several environments are to share one reading of them. */
  readonly docker?: DockerLogins;
}

/** Docker's own logins, to be shared by the identities of one run: each helper is then asked once. */
export function dockerLoginsOf(env: NodeJS.ProcessEnv): DockerLogins {
  return dockerLogins(dockerConfigFile(env), {env});
}

/**
 * Who corectl is for an environment on one side of a promotion. Reads nothing but the override file, if there is one:
 * raises `unsupported-credential-file` (exit code 2).
 */
export function identityFor(
  environment: Pick<Environment, 'name' | 'platform' | 'registry'>,
  context: CredentialContext,
): Identity {
  const id = `${context.role}:${environment.name}`;
  const plainHttp = environment.registry?.plainHttp;
  if (context.authOverride !== undefined) {
    const {file} = openOverrideFile(context.authOverride);
    return dockerIdentity(`${id}:override`, dockerLogins(file, {env: context.env}), plainHttp);
  }
  const docker = () => dockerIdentity(id, context.docker ?? dockerLoginsOf(context.env), plainHttp);
  const kind: CredentialKind = environment.registry?.credentials ?? environment.platform?.vendor ?? 'docker';
  switch (kind) {
    case 'anonymous':
      return anonymousIdentity(id);
    case 'docker':
      return docker();
    // a cloud's own sources of credentials go in front of docker's here
    case 'gcp':
    case 'aws':
    case 'azure':
      return docker();
  }
}

function anonymousIdentity(id: string): Identity {
  return {id, describe: () => 'anonymous', credential: () => Promise.resolve(anonymous)};
}

/** A repository without a login is asked anonymously; a login that is refused is never dropped for that. */
function dockerIdentity(id: string, logins: DockerLogins, plainHttp: boolean | undefined): Identity {
  const origins = new Map<string, string>();
  return {
    id,
    describe: (host, path) => origins.get(`${host}/${path}`) ?? `docker configuration ${logins.file}`,
    credential: async (request) => {
      const login = await logins.find({
        ...request,
        plainHttp: plainHttp ?? isLoopback(hostname(request.host)),
      });
      const none = `anonymous, as docker configuration ${logins.file} has no login for ${request.host}`;
      origins.set(`${request.host}/${request.path}`, login?.origin ?? none);
      return login?.credential ?? anonymous;
    },
  };
}
