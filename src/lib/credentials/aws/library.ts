// What is used of the AWS SDK, so that it is loaded as a whole, and only where an AWS registry is.
export {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
export {AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient} from '@aws-sdk/client-sts';
export {fromIni, fromNodeProviderChain} from '@aws-sdk/credential-providers';

// the SDK comes with corectl: which Node its next versions will want is nothing to trouble the user with
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
