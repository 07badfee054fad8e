// What is used of the AWS SDK, so that it is loaded as a whole, and only where an AWS registry is.
export {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
} from '@aws-sdk/client-ecr';
export {AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient} from '@aws-sdk/client-sts';
export {fromIni, fromNodeProviderChain} from '@aws-sdk/credential-providers';
