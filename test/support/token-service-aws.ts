// AWS Security Token Service (query protocol) and Elastic Container Registry (JSON 1.1), as far as a login needs them.
import {json, type Answer, type Exchange} from '../../src/lib/registry/exchange.ts';
import {isSignedWith, signerOf} from './aws-signature.ts';
import {idTokenUse, type Part, type PartContext} from './token-mint.ts';
import {plant} from './canary.ts';

/** An account with a role that the id-token of a repository may assume. */
export interface AwsAccount {
  readonly accountId: string;
  /** `p2p-payments` */
  readonly role: string;
  /** The repository in the role's trust policy; `acme/payments` unless told otherwise. */
  readonly repository?: string;
  /** Whether the account knows GitHub as an OpenID Connect provider; it does unless told otherwise. */
  readonly provider?: boolean;
  /** The repositories that exist; new ones are added. */
  readonly repositories: Set<string>;
  /** Keys of a user of the account. */
  readonly keys?: AwsUserKeys;
}

export interface AwsUserKeys {
  /** `AKIA…` */
  readonly id: string;
  readonly secret: string;
}

export const arnOf = ({accountId, role}: AwsAccount): string => `arn:aws:iam::${accountId}:role/${role}`;

export const userArnOf = ({accountId}: AwsAccount): string => `arn:aws:iam::${accountId}:user/deployer`;

const sessionSecretOf = ({accountId}: AwsAccount): string => {
  const secret = `secret-${accountId}`;
  plant(secret);
  return secret;
};

/** Answers below /aws-sts and /aws-ecr. */
export function awsServices(context: PartContext, accounts: readonly AwsAccount[]): Part {
  return (exchange, body) => {
    if (exchange.path.startsWith('/aws-sts')) return sts(context, accounts, exchange, body);
    if (exchange.path.startsWith('/aws-ecr')) return ecr(context, accounts, exchange, body);
    return undefined;
  };
}

function sts(
  context: PartContext,
  accounts: readonly AwsAccount[],
  exchange: Exchange,
  body: Buffer,
): Answer {
  const form = new URLSearchParams(body.toString());
  const action = form.get('Action');
  if (action === 'GetCallerIdentity') {
    const caller = callerOf(context, accounts, {exchange, body});
    if (caller === undefined)
      return xmlError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.');
    return xml(action, `<Arn>${caller}</Arn><UserId>A</UserId><Account>0</Account>`);
  }
  if (action !== 'AssumeRoleWithWebIdentity')
    return xmlError(400, 'InvalidAction', 'Could not find operation');
  return assumed(context, accounts, form);
}

function assumed(
  {mint, lifetime}: PartContext,
  accounts: readonly AwsAccount[],
  form: URLSearchParams,
): Answer {
  const account = accounts.find((one) => arnOf(one) === form.get('RoleArn'));
  if (account?.provider === false)
    return xmlError(
      400,
      'InvalidIdentityToken',
      'No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com',
    );
  const identity = mint.known(form.get('WebIdentityToken') ?? '', idTokenUse('sts.amazonaws.com'));
  if (!identity) return xmlError(400, 'InvalidIdentityToken', 'Incorrect token audience');
  if (!account || identity.holder !== `repo:${account.repository ?? 'acme/payments'}`)
    return xmlError(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
  const {token, expires} = mint.issue('aws-session', arnOf(account), Math.max(lifetime, 900));
  const keys = `<AccessKeyId>ASIA${account.accountId}</AccessKeyId><SecretAccessKey>${sessionSecretOf(account)}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${new Date(expires).toISOString()}</Expiration>`;
  return xml('AssumeRoleWithWebIdentity', `<Credentials>${keys}</Credentials>`);
}

function ecr(
  context: PartContext,
  accounts: readonly AwsAccount[],
  exchange: Exchange,
  body: Buffer,
): Answer {
  const caller = callerOf(context, accounts, {exchange, body});
  const account = accounts.find((one) => caller === arnOf(one) || caller === userArnOf(one));
  if (!account)
    return failure('UnrecognizedClientException', 'The security token included in the request is invalid.');
  const operation = [exchange.headers['x-amz-target']].flat().join('').split('.').at(-1);
  const input = JSON.parse(body.toString()) as {
    repositoryNames?: string[];
    repositoryName?: string;
    registryId?: string;
  } & Record<string, unknown>;
  const refusal = context.refusals.get(operation ?? '');
  if (refusal !== undefined)
    return failure(refusal, `User is not authorized to perform ecr:${operation ?? ''}`);
  switch (operation) {
    case 'GetAuthorizationToken': {
      const {token, expires} = context.mint.issue('login', account.accountId, context.lifetime);
      const authorizationToken = Buffer.from(`AWS:${token}`).toString('base64');
      return json(200, {authorizationData: [{authorizationToken, expiresAt: expires / 1000}]});
    }
    case 'DescribeRepositories': {
      const missing = input.repositoryNames?.find((name) => !account.repositories.has(name));
      if (missing !== undefined)
        return failure('RepositoryNotFoundException', `The repository with name '${missing}' does not exist`);
      return json(200, {repositories: input.repositoryNames?.map((repositoryName) => ({repositoryName}))});
    }
    case 'CreateRepository':
      if (input.imageTagMutability !== 'IMMUTABLE')
        return failure('InvalidParameterException', 'tags are to be immutable');
      if (JSON.stringify(input.imageScanningConfiguration) !== '{"scanOnPush":true}')
        return failure('InvalidParameterException', 'images are to be scanned on push');
      account.repositories.add(input.repositoryName ?? '');
      return json(200, {repository: {repositoryName: input.repositoryName}});
    default:
      return failure('UnknownOperationException', String(operation));
  }
}

/** Who signed the request: the role of a session, or the user whose keys these are. */
function callerOf(
  {mint}: PartContext,
  accounts: readonly AwsAccount[],
  {exchange, body}: {exchange: Exchange; body: Buffer},
): string | undefined {
  const id = signerOf(exchange);
  if (id?.startsWith('ASIA')) {
    const session = mint.known([exchange.headers['x-amz-security-token']].flat().join(''), 'aws-session');
    const account = accounts.find((one) => session?.holder === arnOf(one));
    return account && isSignedWith(sessionSecretOf(account), exchange, body) ? session?.holder : undefined;
  }
  const account = accounts.find(({keys}) => keys !== undefined && keys.id === id);
  return account?.keys && isSignedWith(account.keys.secret, exchange, body) ? userArnOf(account) : undefined;
}

const failure = (type: string, message: string): Answer => json(400, {__type: type, message});

function xml(action: string, result: string, status = 200): Answer {
  return text(
    status,
    `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${result}</${action}Result></${action}Response>`,
  );
}

const xmlError = (status: number, code: string, message: string): Answer =>
  text(
    status,
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  );

function text(status: number, content: string): Answer {
  const body = Buffer.from(content);
  return {status, headers: {'content-type': 'text/xml', 'content-length': String(body.length)}, body};
}
