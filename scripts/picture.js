// Writes docs/promotion.svg, what `corectl p2p promote` shows in a terminal, captured from the sandbox in a pseudo-terminal
// (script of util-linux, so on Linux only), and docs/status.svg, what `corectl p2p status` draws of it after one release more.
// node scripts/picture.js, after npm run build; look at both in a browser.
import {execFile, spawn} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {root} from './root.js';

const columns = 84;
const cell = {width: 7.8, height: 18};
const colours = {31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff', 90: '#8b949e'};
const entry = path.join(root, 'bin/run.js');
const promote = 'p2p promote app:1.0.0 --tenant payments --from-stage';

const {child, document} = await openSandbox();
const env = {PATH: process.env.PATH, TERM: 'xterm-256color', ...document.environment};
try {
  await corectl('init', '-e', document.repository);
  await inTerminal(`${promote} fast-feedback`);
  const shown = [];
  const toProduction = `${promote} extended-test --yes`; // nobody is there to be asked
  for (const command of [toProduction, toProduction]) {
    shown.push([{text: '$ ', colour: colours[90]}, {text: `corectl ${command}`}]);
    shown.push(...screen(await inTerminal(command)), []);
  }
  await writeFile(path.join(root, 'docs/promotion.svg'), picture(shown.slice(0, -1)));
  await releaseToOne();
  const status = await corectl('p2p', 'status', 'app', '--tenant', 'payments', '--output', 'svg');
  await writeFile(path.join(root, 'docs/status.svg'), status);
} finally {
  child.kill('SIGINT');
}

/** The sandbox and the document that it prints. */
function openSandbox() {
  const child = spawn(process.execPath, [entry, 'sandbox', '--json'], {stdio: ['ignore', 'pipe', 'inherit']});
  let text = '';
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', () => reject(new Error('the sandbox ended')));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.endsWith('\n}\n')) resolve({child, document: JSON.parse(text)});
    });
  });
}

/** What a command prints on stdout. */
async function corectl(...words) {
  const {stdout} = await promisify(execFile)(process.execPath, [entry, ...words], {env});
  return stdout;
}

/** Puts one of the image's platforms, as app:1.1.0, into extended-test and into one of production's environments. */
async function releaseToOne() {
  const registry = document.registries[0].host;
  const listed = await corectl('snapshot', `${registry}/tenant/payments/fast-feedback`);
  const parts = [...listed.matchAll(/"(sha256:\w+)": \[\]/g)].map(([, digest]) => `app@${digest}`);
  const places = ['--source-registry', `${registry}/tenant/payments`, '--source-stage', 'fast-feedback'];
  places.push('--dest-registry', `${registry}/tenant/payments`, '--dest-stage', 'extended-test');
  const {images} = JSON.parse(await corectl('p2p', 'promote', ...parts, ...places, '--dry-run', '--json'));
  const size = ({destinations}) => destinations[0].bytes.total;
  const [largest] = images.sort((one, other) => size(other) - size(one));
  await corectl('p2p', 'promote', largest.image, ...places, '--tag', '1.1.0');
  const next = ['--tenant', 'payments', '--from-stage', 'extended-test', '--environment', 'prod-eu'];
  await corectl('p2p', 'promote', 'app:1.1.0', ...next);
}

/** What a terminal is sent while the command runs. */
async function inTerminal(command) {
  const line = `stty cols ${columns} rows 40; exec "${process.execPath}" "${entry}" ${command}`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {env, stdio: ['ignore', 'pipe', 'inherit']});
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return text;
}

/** The lines that stay on the screen, as runs of text in one colour. */
function screen(sent) {
  const lines = [[]];
  let [row, colour] = [0, undefined];
  for (const [token, , number, kind] of sent.matchAll(/\x1b\[(\??)(\d*)([A-Za-z])|\n|[^\x1b\n]+/g)) {
    if (token === '\n') lines[++row] ??= [];
    else if (!token.startsWith('\x1b')) lines[row].push({text: token.replaceAll('\r', ''), colour});
    else if (kind === 'm') colour = colours[number];
    else if (kind === 'A') row = Math.max(0, row - Number(number || 1));
    else if (kind === 'K') lines[row] = [];
    else if (kind === 'J') lines.splice(row, lines.length, []);
  }
  return lines.slice(0, lines.findLastIndex((line) => line.some(({text}) => text !== '')) + 1);
}

function picture(lines) {
  const [width, height] = [Math.round(columns * cell.width) + 32, lines.length * cell.height + 32];
  const rows = lines.map((line, index) => {
    const spans = line.map(({text, colour}) => {
      const content = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      return colour === undefined ? content : `<tspan fill="${colour}">${content}</tspan>`;
    });
    return spans.length === 0
      ? ''
      : `  <text x="16" y="${29 + index * cell.height}">${spans.join('')}</text>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" xml:space="preserve" role="img" aria-label="A promotion to two environments in a terminal, and the same command again">
  <!-- output of corectl sandbox's registries, captured in a pseudo-terminal by scripts/picture.js -->
  <style>text { font: 13px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #e6edf3; white-space: pre }</style>
  <rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('')}</svg>
`;
}
