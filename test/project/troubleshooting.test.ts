import {expect} from 'chai';
import {readFileSync, writeFileSync} from 'node:fs';
import {credentialTroubles, type Trouble} from '../../src/lib/credential-troubles.ts';
import {registryTroubles} from '../../src/lib/registry-troubles.ts';
import {troubles} from '../../src/lib/troubles.ts';

const page = new URL('../../docs/troubleshooting.md', import.meta.url);

describe('docs/troubleshooting.md', () => {
  it('has every code that an error can have, what it means and what to do next', () => {
    if (process.env.WRITE_GOLDENS) writeFileSync(page, pageOfCodes());
    expect(readFileSync(page, 'utf8'), 'npm run goldens writes it').to.equal(pageOfCodes());
  });
});

function pageOfCodes(): string {
  const all: [string, Trouble][] = Object.entries({...troubles, ...registryTroubles, ...credentialTroubles});
  const sections = all
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([code, {meaning, next}]) =>
        `\n## ${code}\n\n${meaning}\n\n${next.map((step) => `- ${step}\n`).join('')}`,
    );
  return `${head()}${sections.join('')}`;
}

const head = () => `# Troubleshooting

Every error has a code: it stands in the text (\`error[conflict]: …\`) and in the \`error\` of \`--json\`, and this page has a section for
each. \`--verbose\` shows each request and its outcome, without any secret. For credentials, \`corectl auth check --tenant T\` shows for each
environment who corectl would be, from which source, and what it may do there.

<!-- Made from troubles.ts, registry-troubles.ts and credential-troubles.ts in src/lib/: npm run goldens writes it anew. -->
`;
