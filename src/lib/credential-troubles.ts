/** What a code of an error means, and what to do about it: docs/troubleshooting.md is made from this. */
export interface Trouble {
  /** When it happens. */
  readonly meaning: string;
  /** What to do next, one sentence or command each. */
  readonly next: readonly string[];
}

/** What can be wrong with a credential: `next` is told with each of these errors. */
export const credentialTroubles = {
  'no-id-token': {
    meaning:
      'The job runs in GitHub Actions and may not ask for an id-token, and there is no other credential for the environment.',
    next: [
      'give the job (and a workflow that calls it) "permissions: {id-token: write, contents: read}"',
      'or name a credential file with --source-auth-override or --dest-auth-override',
    ],
  },
  'fork-pull-request': {
    meaning:
      "The workflow was started by a pull request from a fork: GitHub gives such runs no id-token and no secrets, whatever the workflow's permissions say.",
    next: [
      'promote from a workflow that runs after the merge (push, workflow_dispatch), or from a branch of the repository itself',
    ],
  },
  'id-token-refused': {
    meaning:
      "GitHub's token endpoint did not hand out an id-token although the job is set up to ask for one.",
    next: [
      'run the job again: the permission to ask ends with the step that it was given to',
      'look at https://www.githubstatus.com for Actions',
    ],
  },
  'provider-missing': {
    meaning: 'The cloud does not know the identity provider that is to take the id-token, or it is disabled.',
    next: [
      'check that the tenant is provisioned in that environment: pool and provider (gcp), OpenID Connect provider (aws)',
      "check projectNumber or accountId in the environment's config.yaml, then run corectl update",
    ],
  },
  'provider-refused': {
    meaning:
      'The identity provider knows the issuer and does not accept this token: its condition names another repository, branch or audience.',
    next: [
      "compare the provider's attribute condition and allowed audiences with the repository that runs the workflow",
      'check that the repository belongs to the tenant',
    ],
  },
  'account-not-impersonable': {
    meaning: 'The federated identity is accepted and may not act as the service account.',
    next: [
      "grant roles/iam.workloadIdentityUser on the service account to the pool's principals of this repository",
      'check that the IAM Service Account Credentials API is enabled in the project',
    ],
  },
  'account-missing': {
    meaning: 'The service account that belongs to the tenant does not exist in the environment.',
    next: ['check that the tenant is provisioned in that environment, and projectId in its config.yaml'],
  },
  'role-refused': {
    meaning:
      "AWS does not let the id-token's bearer assume the role: it does not exist or its trust policy names someone else.",
    next: [
      "check the role's trust policy: the subject (repo:OWNER/NAME:…) and the audience sts.amazonaws.com",
      'another role is named with AWS_ROLE_ARN',
    ],
  },
  'application-refused': {
    meaning:
      'Microsoft Entra does not exchange the id-token: no such application or tenant, or no federated credential with this subject.',
    next: [
      'compare the federated credential of the application (issuer, subject, audience api://AzureADTokenExchange) with the workflow',
      'check AZURE_CLIENT_ID and AZURE_TENANT_ID',
    ],
  },
  'registry-exchange-refused': {
    meaning: "The Azure registry does not take the Entra token: another tenant's registry, or no role there.",
    next: ['give the identity AcrPull or AcrPush on the registry', 'check AZURE_TENANT_ID'],
  },
  'login-expired': {
    meaning: 'A stored login or key is not valid any more: expired, revoked or deleted.',
    next: ['log in again, or replace the credential file'],
  },
  'token-refused': {
    meaning: 'A token service refused the credential for a reason of its own, which the message quotes.',
    next: ['check that the identity is enabled and may use the registry'],
  },
  'token-service-unreachable': {
    meaning: "A cloud's token service, or a key service, could not be reached or did not answer in time.",
    next: ['check the network, proxies and endpoint overrides, then run the same command again'],
  },
  'token-service-failed': {
    meaning: 'A token service, or a key service, answered something that corectl does not understand.',
    next: ['check the endpoint overrides, then run the same command again'],
  },
  'insecure-endpoint': {
    meaning:
      'An endpoint override or a URL in a credential file would send secrets over plain http to another machine.',
    next: ['use https; http is for loopback hosts only'],
  },
  'untrusted-host': {
    meaning:
      "A cloud's token would go to a host that is none of that cloud's registries. The environments repository alone cannot have it sent there: whoever runs the host could use the token for more than images.",
    next: [
      'name the host in CORECTL_TRUSTED_HOSTS, with --trust-host, or below trusted-hosts in the settings file, if it is yours',
      'a login of the registry itself needs no more than docker login, and registry.credentials: docker',
    ],
  },
  'untrusted-http': {
    meaning:
      "The environments repository has plainHttp: true for a host that is not this machine: anyone on the way could read and change what is sent. A cloud's registry is never spoken to by http.",
    next: [
      'leave plainHttp out, or name the host with --plain-http or below plain-http in the settings file, if the way there is yours',
    ],
  },
  'untrusted-folder': {
    meaning:
      'The environments repository has images kept in a folder (registry.url: oci:/PATH). It alone cannot have corectl read or write below any path of the machine that corectl runs on: only below one that is there and empty, or holds nothing but images.',
    next: [
      'name the folder, or one above it, with --trust-folder or below trusted-folders in the settings file, if images may be kept there',
    ],
  },
  'no-identity-token': {
    meaning:
      'Records are to be signed keyless (record: keyless), and nothing tells corectl who the pipeline is that it runs in.',
    next: [
      'GitHub Actions: give the job permissions: {id-token: write}',
      'GitLab: id_tokens: {SIGSTORE_ID_TOKEN: {aud: sigstore}}; elsewhere, name a file with a token in SIGSTORE_ID_TOKEN_FILE',
    ],
  },
  'untrusted-key': {
    meaning:
      'The environments repository, or a policy, has records signed with a variable, a file or a key of a key service (record.key). It alone cannot have corectl read or use any secret of whoever runs it.',
    next: [
      'name it with --record-key, or below record-keys in the settings file, if it is the key of records',
      'or have record.key say env://CORECTL_RECORD_KEY, which is for nothing else',
    ],
  },
  'key-service-refused': {
    meaning:
      'Records are to be signed with a key that a key service keeps (record.key), and the service does not let this identity read its public half or sign with it, or has no such key..',
    next: [
      'check the key: corectl names it in full; and its region or project',
      'aws: kms:GetPublicKey and kms:Sign; gcp: roles/cloudkms.signerVerifier and, without a version in the URI, roles/cloudkms.viewer; azure: Key Vault Crypto User (keys get and sign); vault: read on TRANSIT/keys/KEY and update on TRANSIT/sign/KEY/*',
    ],
  },
  'no-credentials': {
    meaning:
      "The environment's registry.credentials, or the key of records, wants one kind of credential, and none of that kind is there.",
    next: [
      'gcp: gcloud auth application-default login; aws: aws sso login or AWS_PROFILE; azure: az login; hashivault: VAULT_ADDR and VAULT_TOKEN',
      "or remove registry.credentials from the environment's config.yaml",
    ],
  },
  'unsupported-credential-file': {
    meaning: 'A credential file cannot be read, or is none of the kinds that corectl knows.',
    next: [
      'name a Google credential file (service_account, authorized_user, external_account, impersonated_service_account), an AWS profile file, or a file like docker\'s config.json: {"auths": {"HOST/PATH": {"auth": "base64 of user:password"}}}',
    ],
  },
  'cloud-command': {
    meaning: "A cloud's own command (gcloud) was asked for a token and failed.",
    next: ['run it by hand: gcloud auth print-access-token', 'log in with gcloud auth login'],
  },
  'repository-missing': {
    meaning: 'The repository does not exist at the destination, and the registry creates none by itself.',
    next: [
      'ECR: run again with --create-repositories, which creates it with immutable tags and scan on push',
      'elsewhere: create it, or check tenant and stage',
    ],
  },
  'repository-not-created': {
    meaning: 'A missing ECR repository was to be created and AWS refused.',
    next: ['allow ecr:CreateRepository to the role, or have the repository created'],
  },
  'pull-refused': {
    meaning:
      'The registry knows the identity and does not let it read the repository, or hides the repository from it.',
    next: [
      'gcp: roles/artifactregistry.reader; aws: ecr:BatchGetImage and ecr:GetDownloadUrlForLayer; azure: AcrPull',
    ],
  },
  'push-refused': {
    meaning: 'The registry lets the identity read and not write: opening an upload was refused.',
    next: [
      'gcp: roles/artifactregistry.writer; aws: ecr:InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload, PutImage; azure: AcrPush',
    ],
  },
  'docker-config': {
    meaning: "Docker's configuration, or a file of that form, is not as it should be.",
    next: ['mend the file, or log in again with docker login'],
  },
  'credential-helper': {
    meaning: 'A docker-credential-* program is missing, failed, or gave no answer in time.',
    next: ['try it: echo REGISTRY | docker-credential-NAME get'],
  },
} as const satisfies Readonly<Record<string, Trouble>>;

export type CredentialCode = keyof typeof credentialTroubles;
