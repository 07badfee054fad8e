/**
 * The environment variables that corectl reads besides those that stand in for a flag, with what they mean: rows of
 * docs/reference.md. What only libraries of the clouds read is on the pages of their credentials.
 */
export const variables = [
  ['CORECTL_HOME', 'folder of the settings and the clone; `~/.config/corectl` without it'],
  ['XDG_CONFIG_HOME', 'its `corectl` is that folder, and its `containers/auth.json` is read for logins'],
  ['CORECTL_ENVIRONMENTS_REPO', '`--environments-repo` of `corectl init`'],
  ['CORECTL_GITHUB_TOKEN', 'for cloning by https, from the host that `--environments-repo` names'],
  ['GITHUB_TOKEN, GH_TOKEN', 'the same, for github.com and the host of `GITHUB_SERVER_URL` or `GH_HOST`'],
  ['GITHUB_SERVER_URL, GH_HOST', 'a host that those two tokens are for'],
  [
    'CORECTL_TRUSTED_HOSTS',
    "hosts that may be shown a cloud's token, separated by commas ([which hosts](credentials/hosts.md))",
  ],
  [
    'CORECTL_RECORD_KEY',
    'the key that [records](proof.md#the-record) are signed with, where `record.key` names it',
  ],
  ['CORECTL_RECORD_PASSPHRASE', 'of the key that records are signed with'],
  [
    'CORECTL_CONNECT_TIMEOUT, CORECTL_ANSWER_TIMEOUT, CORECTL_COMMIT_TIMEOUT, CORECTL_IDLE_TIMEOUT, CORECTL_PREFLIGHT_TIMEOUT',
    '[time limits](fault-handling.md#time-limits), in seconds',
  ],
  ['CI', 'set, nobody looks on: [nothing is asked](terminal.md#what-is-asked)'],
  [
    'CORECTL_COMPLETION_TIMEOUT',
    'how long [completion](terminal.md#completion) waits for a registry, in seconds',
  ],
  [
    'CORECTL_SHARD, JOB_COMPLETION_INDEX, JOB_COMPLETIONS, CI_NODE_INDEX, CI_NODE_TOTAL',
    'which shard it is, for `--shard auto` ([past one machine](scale.md#shards))',
  ],
  [
    'CORECTL_RUN, GITHUB_RUN_ID, CI_PIPELINE_ID, BUILD_BUILDID, BUILDKITE_BUILD_ID',
    'the run that all [shards](scale.md#one-report-of-all) are of, the first that is set',
  ],
  ['P2P_TENANT_NAME, TENANT_NAME', '`--tenant`, the first that is set'],
  [
    'SOURCE_REGISTRY, SOURCE_STAGE, SOURCE_REPO_PATH',
    'where to read, with [both registries given](promote.md#both-registries-given)',
  ],
  ['DEST_REGISTRY, REGISTRY, DEST_STAGE, DEST_REPO_PATH', 'where to write, in that form'],
  [
    'SOURCE_AUTH_OVERRIDE, DEST_AUTH_OVERRIDE',
    'credential files, as `--source-auth-override` and `--dest-auth-override`',
  ],
  [
    'SOURCE_ACCESS_TOKEN, DEST_ACCESS_TOKEN',
    "Google's tokens for the source, and for a single destination environment ([Google](credentials/google.md))",
  ],
  [
    'ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN',
    "GitHub's id-token, which the clouds exchange: a job with `id-token: write` has both",
  ],
  [
    'AWS_ROLE_ARN, AWS_PROFILE, AWS_CONFIG_FILE',
    "[AWS](credentials/aws.md), and every other variable of its SDK's default chain",
  ],
  [
    'AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_AUTHORITY_HOST',
    '[Azure](credentials/azure.md), and every other variable of its default chain',
  ],
  [
    'GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE, CLOUDSDK_CONFIG',
    "[Google](credentials/google.md): credential files and gcloud's folder",
  ],
  ['GCE_METADATA_HOST, METADATA_SERVER_DETECTION', "whether and where Google's metadata server is asked"],
  [
    'CLOUDSDK_API_ENDPOINT_OVERRIDES_STS, CLOUDSDK_API_ENDPOINT_OVERRIDES_IAMCREDENTIALS',
    "Google's endpoints, as for gcloud",
  ],
  [
    'DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR',
    'where [logins](credentials/docker.md) of docker, podman and skopeo are',
  ],
  ['HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY', 'proxies; loopback is reached directly'],
  ['NODE_EXTRA_CA_CERTS', "certificates of authorities to trust besides Node's own, as `--ca-file`"],
  [
    'NODE_COMPILE_CACHE',
    'a folder to keep compiled code in for quicker starts, instead of `$CORECTL_HOME`, `$XDG_CACHE_HOME` or `~/.cache`',
  ],
  ['NO_COLOR, TERM', 'no colour and no cursor movement where `NO_COLOR` is set or `TERM` is `dumb`'],
  [
    'GITHUB_ACTIONS, GITHUB_OUTPUT, GITHUB_STEP_SUMMARY, GITHUB_WORKSPACE, RUNNER_TEMP',
    'in a job of GitHub Actions: [annotations, the summary and outputs](pipelines.md#the-log)',
  ],
];
