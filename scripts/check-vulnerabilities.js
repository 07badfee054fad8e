// Fails when a bundled package has a known vulnerability. Where nobody can be asked (no network, a registry that does not answer
// audits) it says so and ends well: what is not known must not look like what is fine, nor stop those who cannot know.
import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import path from 'node:path';
import {root} from './root.js';
import {sbomFile} from './inventory.js';

const {components} = JSON.parse(readFileSync(path.join(root, 'dist', sbomFile), 'utf8'));
const bundled = new Set(components.map(({group, name}) => (group === undefined ? name : `${group}/${name}`)));
const answer = audit();
if (answer.vulnerabilities === undefined) {
  process.stdout.write(`NOT CHECKED for known vulnerabilities: ${answer.why}\n`);
} else {
  const found = Object.values(answer.vulnerabilities).filter(({name}) => bundled.has(name));
  for (const {name, severity, range} of found) process.stderr.write(`${name} ${range}: ${severity}\n`);
  process.stdout.write(`${bundled.size} bundled packages, ${found.length} with known vulnerabilities\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}

/** npm's answer, or why there is none. */
function audit() {
  const {stdout, error} = spawnSync('npm', ['audit', '--json'], {
    cwd: root,
    encoding: 'utf8',
    timeout: 60_000,
  });
  try {
    const {vulnerabilities, message, error: refused} = JSON.parse(stdout);
    const why = message ?? refused?.summary ?? refused?.code ?? 'npm audit gave no answer';
    return {vulnerabilities, why: why.split('\n')[0]};
  } catch {
    return {
      why: error?.code === 'ETIMEDOUT' ? 'npm audit did not answer within 60 s' : 'npm audit gave no answer',
    };
  }
}
