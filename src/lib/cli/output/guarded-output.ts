import {hide, redacted} from '../../hidden.ts';
import {percentDecoded} from '../../percent.ts';
import {printableOutput} from '../../printable.ts';

type Write = (text: string) => boolean;

const unguarded = new WeakMap<NodeJS.WriteStream, Write>();

/**
 * Guards stdout and stderr from now on, whoever writes to them, a bundled library too: secrets are taken out, and nothing is
 * a command to the CI system that shows the output, unless corectl means it to be one.
 */
export function guardOutput({
  stdout,
  stderr,
  env,
  argv,
}: Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env' | 'argv'>): void {
  for (const [name, value = ''] of Object.entries(env)) if (secretName.test(name)) hide(value);
  for (const name of proxyNames) hide(percentDecoded(passwordIn(env[name] ?? '')));
  const addresses = [...proxyNames, ...addressNames].map((name) => env[name] ?? '');
  for (const text of [...argv.slice(2), ...addresses]) hide(passwordBefore(text));
  for (const name of talkative) Reflect.deleteProperty(env, name);
  for (const stream of [stdout, stderr]) guard(stream, env);
}

/** Writes a workflow command for the CI system. Its parts from outside must be printable already. */
export function writeCommand(stream: NodeJS.WriteStream, command: string): void {
  const write = unguarded.get(stream) ?? stream.write.bind(stream);
  write(`${redacted(command)}\n`);
}

// AWS_SESSION_TOKEN, AZURE_CLIENT_SECRET, AWS_SECRET_ACCESS_KEY, GH_TOKEN and the like of other programs
const secretName = /(?:TOKEN|SECRET|PASSWORD|PASSWD|_ACCESS_KEY|API_KEY|PRIVATE_KEY)$/i;
const proxyNames = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];

// a login in one of these is refused, and told with what was found
const addressNames = ['CORECTL_ENVIRONMENTS_REPO', 'SOURCE_REGISTRY', 'DEST_REGISTRY', 'REGISTRY'];

// what makes bundled libraries and Google's, Amazon's and Azure's tools print their requests, their answers or the whole environment
const talkative = [
  'DEBUG',
  'GOOGLE_SDK_NODE_LOGGING',
  'AZURE_LOG_LEVEL',
  'AZURE_CLI_LOG_LEVEL',
  'CLOUDSDK_CORE_LOG_HTTP',
  'CLOUDSDK_CORE_LOG_HTTP_REDACT_TOKEN',
];

function guard(stream: NodeJS.WriteStream, {FORCE_COLOR = ''}: NodeJS.ProcessEnv): void {
  const write = stream.write.bind<(text: string, ...rest: never[]) => boolean>(stream);
  unguarded.set(stream, write);
  const logs = !stream.isTTY && FORCE_COLOR === '';
  const guarded = (chunk: string | Uint8Array, ...rest: never[]): boolean =>
    write(
      printableOutput(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString(), {logs}),
      ...rest,
    );
  stream.write = guarded;
}

function passwordIn(url: string): string {
  return URL.canParse(url) ? new URL(url).password : '';
}

/** The password of `USER:PASSWORD@HOST` in an address, with a scheme or without; an image's tag stands before a digest. */
function passwordBefore(address: string): string {
  const [, password = ''] =
    /^(?:[^\s@]*\/\/|--[a-z-]+=)?[^\s/@:]*:([^\s/@]+)@(?!sha(?:256|512):)/.exec(address) ?? [];
  return password;
}
