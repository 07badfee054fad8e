import type {Promotion} from '../record/promotion.ts';

/** The run of a CI system that promotes, as its variables tell. Nobody vouches for them: anybody who starts a process sets its environment. */
export function ciRunOf(env: NodeJS.ProcessEnv): NonNullable<Promotion['run']> | undefined {
  const found = systems
    .map((read) => read(env))
    .find((run) => run?.uri !== undefined || run?.id !== undefined);
  if (found === undefined) return undefined;
  const known = Object.entries(found).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, value.slice(0, textLimit)]],
  );
  return Object.fromEntries(known) as NonNullable<Promotion['run']>;
}

/** Characters of a variable that are recorded: far more than a URL has. */
const textLimit = 1000;

type ReadRun = (env: NodeJS.ProcessEnv) => Promotion['run'];

const systems: readonly ReadRun[] = [gitHub, gitLab, azurePipelines, circle, buildkite, jenkins];

/** https://docs.github.com/actions/reference/workflows-and-actions/variables */
function gitHub(env: NodeJS.ProcessEnv): Promotion['run'] {
  const {GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id} = env;
  if (id === undefined) return undefined;
  return {
    uri: server && repository ? addressOf(`${server}/${repository}/actions/runs/${id}`) : undefined,
    id,
    attempt: env.GITHUB_RUN_ATTEMPT,
    actor: env.GITHUB_ACTOR,
  };
}

/** https://docs.gitlab.com/ci/variables/predefined_variables */
function gitLab(env: NodeJS.ProcessEnv): Promotion['run'] {
  return {uri: addressOf(env.CI_JOB_URL), id: env.CI_JOB_ID, actor: env.GITLAB_USER_LOGIN};
}

/** https://learn.microsoft.com/azure/devops/pipelines/build/variables */
function azurePipelines(env: NodeJS.ProcessEnv): Promotion['run'] {
  const {SYSTEM_COLLECTIONURI: collection, SYSTEM_TEAMPROJECTID: project, BUILD_BUILDID: id} = env;
  if (id === undefined) return undefined;
  const place = collection && project ? `${collection}${project}/_build/results?buildId=${id}` : undefined;
  return {uri: addressOf(place), id, attempt: env.SYSTEM_JOBATTEMPT, actor: env.BUILD_REQUESTEDFOR};
}

/** https://circleci.com/docs/reference/variables */
function circle(env: NodeJS.ProcessEnv): Promotion['run'] {
  return {uri: addressOf(env.CIRCLE_BUILD_URL), id: env.CIRCLE_WORKFLOW_ID, actor: env.CIRCLE_USERNAME};
}

/** https://buildkite.com/docs/pipelines/configure/environment-variables */
function buildkite(env: NodeJS.ProcessEnv): Promotion['run'] {
  const attempt = env.BUILDKITE_RETRY_COUNT;
  return {
    uri: addressOf(env.BUILDKITE_BUILD_URL),
    id: env.BUILDKITE_BUILD_ID,
    attempt,
    actor: env.BUILDKITE_BUILD_CREATOR,
  };
}

/** https://www.jenkins.io/doc/book/pipeline/jenkinsfile */
function jenkins(env: NodeJS.ProcessEnv): Promotion['run'] {
  return {uri: addressOf(env.BUILD_URL), id: env.BUILD_TAG};
}

/** A web address without what logs in to it; undefined for what is none. */
function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}
