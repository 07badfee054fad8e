import {messageOf} from '../../errors.ts';
import {printable} from '../../printable.ts';
import type {WireOptions} from '../../http/wire.ts';
import type {DefaultAzureCredentialOptions} from './library.ts';
import {beforeDeadline} from '../deadline.ts';
import {credentialFailure} from '../failures.ts';
import type {AccessToken} from '../access-token.ts';
import {libraryAgent} from '../library-agent.ts';
import type {Via} from '../service.ts';

/** Milliseconds for the library's part: it may start a program and ask a metadata server. */
const limit = 60_000;

export interface ChainRequest {
  readonly scope: string;
  readonly authority: URL;
  /** Whether the user has named the authority: it is not looked up in Microsoft's list then. */
  readonly named: boolean;
}

/** A token by the Azure SDK's default chain. Raises `login-expired` and `token-service-unreachable`. */
export async function chainToken(
  {scope, authority, named}: ChainRequest,
  {signal, wire}: Via,
): Promise<AccessToken> {
  const {DefaultAzureCredential} = await import('./library.ts');
  let lost: unknown;
  const policy = wirePolicy(wire, (url, reason) => {
    // that a metadata server is not there is as usual
    if (url.host === authority.host) lost = reason;
  });
  try {
    const chain = new DefaultAzureCredential({
      processTimeoutInMs: 20_000,
      disableInstanceDiscovery: named,
      additionalPolicies: [policy],
    });
    // no limit for each request: the library would wait that long for a metadata server that is not there
    const token = chain.getToken(scope, {...(signal && {abortSignal: signal})});
    const found = await beforeDeadline(limit, token);
    return {token: found.token, expires: found.expiresOnTimestamp};
  } catch (error) {
    signal?.throwIfAborted();
    // the library keeps to itself why it could not be reached
    const said = printable(lost === undefined ? messageOf(error) : messageOf(lost), 400);
    const code = lost === undefined ? 'login-expired' : 'token-service-unreachable';
    throw credentialFailure(code, `the Azure SDK's default chain: ${said}`, {cause: error});
  }
}

type Policies = NonNullable<DefaultAzureCredentialOptions['additionalPolicies']>;

/** Behind the library's own policies, whose proxies do not know the authorities that are given. */
function wirePolicy(
  wire: WireOptions | undefined,
  failed: (url: URL, reason: unknown) => void,
): Policies[number] {
  return {
    position: 'perRetry',
    policy: {
      name: 'corectlWire',
      sendRequest: async (request, next) => {
        const url = new URL(request.url);
        const agent = libraryAgent(url, wire);
        if (agent) request.agent = agent;
        else delete request.agent;
        try {
          return await next(request);
        } catch (error) {
          failed(url, error);
          throw error;
        }
      },
    },
  };
}
