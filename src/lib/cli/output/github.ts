/** Whether this is a step of a job of GitHub Actions, whose runner takes commands in the log. */
export const onGitHub = ({GITHUB_ACTIONS}: NodeJS.ProcessEnv): boolean => GITHUB_ACTIONS === 'true';
