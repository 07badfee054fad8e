import type {CredentialCode, Trouble} from './credential-troubles.ts';
import type {registryTroubles} from './registry-troubles.ts';

/** What can be wrong with a request, the environments repository or the machine; for types and pages only: no command loads it. */
export const troubles = {
  'ambiguous-place': {
    meaning:
      'Two destinations come out as one repository, and their settings differ: other credentials, or http here and https there.',
    next: [
      'have the environments say the same, or give each a repository of its own',
      'promote to one of them with --environment',
    ],
  },
  'ambiguous-ref': {
    meaning: 'The environments repository has a branch and a tag of the name that --ref gives.',
    next: ['name one of them whole: --ref refs/heads/NAME or --ref refs/tags/NAME'],
  },
  'ambiguous-rollback': {
    meaning:
      'The tags of an image that is to be led back have been different things before, or one of them points to something else now.',
    next: ['name one tag, NAME:TAG, or one environment with --environment'],
  },
  'ambiguous-tag': {
    meaning: 'Two images of one promotion would be written to the same tag of the same repository.',
    next: ['promote them one by one, or under different tags'],
  },
  'clone-failed': {
    meaning: 'git could not fetch the environments repository; what was there before is unchanged.',
    next: [
      'check the address, the network and that your key or token may read it: git ls-remote URL',
      'for https, pass a token in CORECTL_GITHUB_TOKEN or on standard input with --github-token -',
    ],
  },
  'different-source': {
    meaning: 'corectl is initialised from another environments repository than the one that init names now.',
    next: ['--force replaces it', 'CORECTL_HOME names another home'],
  },
  'file-busy': {
    meaning: 'Another corectl changes the same promoter manifest, and did not end in time.',
    next: ['run the same command again when it has ended'],
  },
  'file-system': {
    meaning: 'The operating system refused to read or write a file that corectl needs.',
    next: ['let this user read and write there, or name another folder in CORECTL_HOME or TMPDIR'],
  },
  'git-failed': {
    meaning:
      'git could not tell what promoter manifests were like at the commit that they are compared with.',
    next: ['run it in a clone that has that commit: a shallow clone may lack it'],
  },
  'git-missing': {meaning: 'git is not installed, or not on the PATH.', next: ['install git']},
  'git-too-old': {
    meaning: 'git does not know the settings that keep a repository of others from running anything.',
    next: ['install a newer git, and put it first on the PATH'],
  },
  'home-busy': {
    meaning: 'Another corectl changes the same home, and did not end in time.',
    next: ['wait for it, or give each job a CORECTL_HOME of its own'],
  },
  'home-unusable': {
    meaning: 'The folder that holds the settings and the clone cannot be used.',
    next: ['make it a folder that this user may write to, or name another one in CORECTL_HOME'],
  },
  'insecure-token': {
    meaning: 'A token for git would travel over something else than https.',
    next: ['name the environments repository by https, or leave the token out'],
  },
  internal: {
    meaning: 'A bug in corectl, or something that nobody thought of; its stack follows.',
    next: ['report it with what is shown'],
  },
  interrupted: {
    meaning:
      'Ctrl-C, SIGTERM or a terminal that was closed ended it: no new work was begun, open uploads were cancelled.',
    next: ['run the same command again: it finishes what was left'],
  },
  'invalid-environments': {
    meaning: 'The environments repository has problems in what this promotion uses.',
    next: ['mend them at FILE:LINE in the environments repository, then run corectl update'],
  },
  'invalid-location': {
    meaning: "An environment's configuration leads to no registry.",
    next: ['mend platform or registry.url in the environments repository, then run corectl update'],
  },
  'invalid-manifests': {
    meaning: 'Promoter manifests have problems, all of which are listed.',
    next: ['mend them at FILE:LINE; corectl manifest check looks without asking a registry'],
  },
  'invalid-plan': {
    meaning: 'A file is no saved plan, was edited, or was written by a newer corectl.',
    next: ['save the plan again: corectl p2p promote … --dry-run --save-plan FILE'],
  },
  'invalid-policy': {
    meaning: 'A policy file, or what is demanded of a stage, cannot be understood.',
    next: ['mend it at FILE:LINE; docs/proof.md shows what may be demanded'],
  },
  'invalid-ref': {
    meaning: '--ref is no name that git takes.',
    next: ['name a branch, a tag or a commit'],
  },
  'invalid-reference': {
    meaning: 'An image or a reference is not written as it should be.',
    next: ['write name:tag or name@sha256:…, without a registry'],
  },
  'invalid-registry': {
    meaning: 'A registry of the explicit form is not written as it should be.',
    next: ['write HOST[:PORT][/PATH], or oci:PATH for a folder of OCI image layouts'],
  },
  'invalid-report': {
    meaning: 'A file that is to be merged is no report of a shard, was cut, or contradicts itself.',
    next: ['give the documents that --shard I/N --json printed, one for each shard'],
  },
  'invalid-repository': {
    meaning: 'A repository is not written as HOST/PATH.',
    next: ['write it whole, with its registry'],
  },
  'invalid-settings': {
    meaning: "corectl's settings, or an initialisation file, are not as they should be.",
    next: ['mend the file that is named, or run corectl init again'],
  },
  'signing-failed': {
    meaning:
      'The record of a promotion could not be signed: keyless, because the certificate authority, the transparency log or the time-stamp authority refused, or the trust root does not verify what came out; by a key service, because its signature is not by the key that it told before.',
    next: [
      'keyless: check that the token is made out to sigstore, that the authority knows its issuer, and that p2p.trust.root is that of its instance',
      'by a key service: find out whether the key was replaced meanwhile, and who answers there',
    ],
  },
  'invalid-signing-key': {
    meaning: 'The key that promotions are to be signed with cannot be used.',
    next: [
      'name a private key in PEM, and its password where it has one',
      'of a key service: one on P-256, or RSA with PKCS #1 v1.5, and SHA-256',
    ],
  },
  'invalid-source': {
    meaning: 'The environments repository is named in a way that is not supported.',
    next: ['name it by https://HOST/PATH, ssh://USER@HOST/PATH, USER@HOST:PATH or a local path'],
  },
  'invalid-template': {
    meaning: 'A template for additional tags has something in it that no version can fill in.',
    next: ['use the placeholders that --help names'],
  },
  'invalid-token': {
    meaning: 'A token for git has a line end or other characters that no token has.',
    next: ['copy the token again, without quotes and line ends'],
  },
  'last-stage': {
    meaning: 'Nothing follows the from-stage: the image has arrived.',
    next: ['corectl p2p stages shows the path'],
  },
  'lock-busy': {
    meaning: 'Another run holds the lock of the tenant and stage, and did not end within --lock-timeout.',
    next: ['run the same command again when it has ended', 'wait longer with --lock-timeout SECONDS'],
  },
  'lock-lost': {
    meaning: 'The lock could not be renewed, so another run may have it by now: this one stopped.',
    next: ['run the same command again: it finishes what was left'],
  },
  'lock-refused': {
    meaning: 'The environments repository does not let this user write the lock.',
    next: ['give the token or key the right to push there, or promote without --lock'],
  },
  'missing-shard': {
    meaning: 'Reports were merged, and a shard has none: nobody knows what became of its images.',
    next: ['start that shard again, with the same plan: what it has done is up to date'],
  },
  'no-destination': {
    meaning: 'The tenant has no enabled environment in the next stages.',
    next: ["add one to the tenant's environments in the environments repository, then run corectl update"],
  },
  'no-environment': {
    meaning: 'The tenant has no enabled environment where access was to be checked.',
    next: ['corectl p2p stages --tenant T shows which stage has which environments'],
  },
  'no-place': {
    meaning: 'The tenant has no enabled environment where its images were to be looked for.',
    next: ['corectl p2p stages --tenant T shows where its images are'],
  },
  'no-rollback': {
    meaning: 'No record that counts says that something else stood under the tag before.',
    next: ['corectl p2p history shows what is recorded', 'promote a digest of your choice with --overwrite'],
  },
  'no-source': {
    meaning: 'The tenant has no enabled environment in the from-stage, so there is nothing to read from.',
    next: ["add one to the tenant's environments, or read from another with --source-environment"],
  },
  'not-a-destination': {
    meaning: 'The environment of --environment is no destination of this promotion.',
    next: ['corectl p2p stages --tenant T shows the destinations'],
  },
  'not-a-source': {
    meaning: 'The environment of --source-environment is none of the from-stage for this tenant.',
    next: ['corectl p2p stages --tenant T shows its environments'],
  },
  'not-initialised': {
    meaning: 'There is no environments repository yet, or its clone was removed.',
    next: ['corectl init -e URL|PATH'],
  },
  'not-next': {
    meaning: 'The stage of --to-stage does not follow the from-stage directly.',
    next: ['promote step by step, along the path that the message shows'],
  },
  'not-tagged': {
    meaning: 'Another destination failed, and --all-or-nothing writes no tag then. The content is there.',
    next: ['mend the other destination and run the same command again: what was copied is there'],
  },
  'org-unit': {
    meaning: 'The tenant is an org unit, which owns delivery units and no images.',
    next: ['name one of its delivery units: corectl tenant list'],
  },
  output: {
    meaning: 'What corectl had to say could not be written: a full disk, a file of the runner.',
    next: ['make room; what the command did is done: run it again for its output'],
  },
  'plan-drift': {
    meaning: 'The environments repository, a source tag or a destination has moved since the plan was saved.',
    next: ['save the plan again and have it reviewed, or --allow-drift, which says what moved'],
  },
  policy: {
    meaning: 'What a stage demands of an image before it is promoted there is not shown.',
    next: ['provide what is missing, as the message says for each rule', 'docs/proof.md explains the rules'],
  },
  'repository-too-large': {
    meaning: 'What was named as environments repository is larger than any of them is.',
    next: ['name the repository that has corectl.yaml, environments/ and tenants/'],
  },
  sandbox: {
    meaning: 'The sandbox could not be made.',
    next: ['install git 2.28 or newer, and see that it is in PATH'],
  },
  'sandbox-failed': {
    meaning: "The sandbox's tour did not find what it should have.",
    next: ['report it with what is shown: it is a bug'],
  },
  'shards-disagree': {
    meaning:
      'Reports that were to be merged are no parts of one whole: another plan or run, a shard or an image twice.',
    next: ['merge the last report of each shard of one run, all of one plan and with the same flags'],
  },
  strict: {
    meaning: 'The environments repository has problems, and --strict allows none.',
    next: ['mend them, or leave --strict out'],
  },
  'tag-taken': {
    meaning: 'A promoter manifest has the tag for another digest already.',
    next: ['add the image under a new tag: a tag that was promoted is not moved'],
  },
  'unknown-command': {
    meaning: 'There is no such command.',
    next: ['corectl --help lists the commands'],
  },
  'unknown-environment': {
    meaning: 'There is no such environment in the environments repository.',
    next: ['corectl env list', 'corectl update, if it is new'],
  },
  'unknown-project': {
    meaning: 'The promoter manifests have no such project.',
    next: ['name one of the folders below images/'],
  },
  'unknown-ref': {
    meaning: 'The repository has no such branch, tag or commit.',
    next: [
      'check the name with git ls-remote URL',
      'name a branch (corectl init --ref), where it is the default branch that is missing',
    ],
  },
  'unknown-stage': {
    meaning: 'There is no such stage in the environments repository.',
    next: ['corectl p2p stages', 'corectl update, if it is new'],
  },
  'unknown-tenant': {
    meaning: 'There is no such tenant in the environments repository.',
    next: ['corectl tenant list', 'corectl update, if it is new'],
  },
  'unsupported-notation': {
    meaning:
      'A promoter manifest is written in a way that nothing can be added to without changing the rest.',
    next: ['add the image by hand, as the message shows'],
  },
  'unusable-repository': {
    meaning: 'The environments repository has no usable stage or no usable environment.',
    next: ['mend the problems that are listed; what was there before is unchanged'],
  },
  usage: {
    meaning: 'A flag, an argument or a variable is missing, unknown or has a value that it cannot have.',
    next: ['see the same command with --help'],
  },
} as const satisfies Readonly<Record<string, Trouble>>;

/** The code of an error: stable, and a section of docs/troubleshooting.md. */
export type ErrorCode = keyof typeof troubles | keyof typeof registryTroubles | CredentialCode;
