import type {Trouble} from './credential-troubles.ts';

/** What can be wrong with a registry, with a folder of layouts, or with what they hold; for types and pages only. */
export const registryTroubles = {
  conflict: {
    meaning:
      'The destination tag is there and points to another digest. Nothing was written: tags of releases are not moved by accident.',
    next: ['promote under a new tag, or move this one with --overwrite'],
  },
  denied: {
    meaning: 'The registry knows who asks, and does not allow it.',
    next: [
      'see what the identity may do: corectl auth check --tenant T',
      'give it the role that the message names',
    ],
  },
  'digest-mismatch': {
    meaning:
      'Content is not what its digest says, as it was read or as it was read back from the destination. No tag was written for it.',
    next: ['push the image to that registry again, or ask whoever runs the registry'],
  },
  'file-error': {
    meaning: 'A folder of OCI image layouts could not be read or written.',
    next: ['check that it is mounted, has room, and that this user may write to it'],
  },
  'image-not-found': {
    meaning: 'The image is not in the from-stage: no such tag or digest where the promotion reads.',
    next: [
      'check the tag, and that the image has passed the stage before',
      'a registry may also hide what an identity may not read: corectl auth check --tenant T',
    ],
  },
  'invalid-descriptor': {
    meaning: 'A manifest describes content in a way that the specification does not allow.',
    next: ['build and push the image again with a current tool'],
  },
  'invalid-digest': {
    meaning: 'A digest is not written as sha256: and 64 hexadecimal digits (or sha512: and 128).',
    next: ['copy the digest whole'],
  },
  'invalid-layout': {
    meaning: 'A folder is no OCI image layout, or its index and its content do not fit.',
    next: ['write the image there again, or name another folder'],
  },
  'invalid-manifest': {
    meaning: "An image's manifest is not as the specification says.",
    next: ['build and push the image again with a current tool'],
  },
  'layout-busy': {
    meaning: 'Another corectl changes the same folder of OCI image layouts, and did not end in time.',
    next: ['wait for it, then run the same command again'],
  },
  'manifest-too-large': {
    meaning: 'A manifest is larger than registries take.',
    next: ['build the image with fewer layers, platforms or annotations'],
  },
  'no-catalog': {
    meaning: 'The registry does not list its repositories, or not to this identity.',
    next: ['name the repositories: corectl snapshot HOST/PATH --image NAME'],
  },
  'not-a-registry': {
    meaning: 'Something answered that is no registry: a web page, a proxy, or no HTTP.',
    next: ['check the registry host, and what answers in its place: a proxy or a web server'],
  },
  'not-found': {
    meaning: 'The registry does not have what was asked for, or hides it from this identity.',
    next: [
      'at the source: push the whole image again',
      'at a destination: check that the repository exists and that this identity may see it',
    ],
  },
  'rate-limited': {
    meaning: 'The registry took no more requests, for longer than corectl waits.',
    next: [
      'run the same command again later: it goes on where it stopped',
      'log in: anonymous limits are lower',
    ],
  },
  'refused-realm': {
    meaning: 'The registry sends its clients to a token service that a login must not be shown to.',
    next: ['nothing was sent there; ask whoever runs the registry'],
  },
  'refused-redirect': {
    meaning: 'The registry redirects to a place that a request must not follow to.',
    next: ['nothing was sent there; ask whoever runs the registry'],
  },
  'registry-error': {
    meaning: 'The registry failed, or answered something that the specification does not know.',
    next: ['run the same command again: it finishes what was left; --verbose shows each request'],
  },
  'repository-not-found': {
    meaning: 'The repository of a snapshot does not exist, or no manifest promotes into it.',
    next: ['check the name; a registry may also hide what this identity may not read'],
  },
  'size-mismatch': {
    meaning: 'Content is larger or smaller than its descriptor says.',
    next: ['push the image to that registry again, or ask whoever runs the registry'],
  },
  'tag-changed': {
    meaning: 'Somebody else moved the tag while corectl was about to write it.',
    next: ['find out who promotes to the same tag, then run the same command again'],
  },
  timeout: {
    meaning: 'A registry did not answer in time.',
    next: [
      'run the same command again: it finishes what was left',
      'CORECTL_CONNECT_TIMEOUT, CORECTL_ANSWER_TIMEOUT, CORECTL_COMMIT_TIMEOUT and CORECTL_IDLE_TIMEOUT allow for more seconds',
    ],
  },
  tls: {
    meaning: "The registry's certificate is not trusted, or its TLS failed.",
    next: ["name your authority's certificates with --ca-file FILE or NODE_EXTRA_CA_CERTS"],
  },
  unauthorized: {
    meaning: 'The registry does not accept the login, or wants one.',
    next: [
      'docker login HOST, or the login of its cloud',
      'corectl auth check --tenant T shows who corectl is there',
    ],
  },
  unreachable: {
    meaning: 'A registry could not be reached: no such host, no connection, or it was cut.',
    next: [
      'check the host, the network and the proxies (HTTPS_PROXY, NO_PROXY), then run the same command again',
      '--keep-going promotes to the other environments',
    ],
  },
  'unreadable-record': {
    meaning: 'The signed record of a promotion would be larger than its readers take.',
    next: ['promote to fewer environments at once, with fewer tags'],
  },
  'unsupported-manifest': {
    meaning: 'The image is of a kind that is not copied, such as the manifests of Docker before 2015.',
    next: ['build and push the image again with a current tool'],
  },
} as const satisfies Readonly<Record<string, Trouble>>;
