import {expect} from 'chai';
import {readFileSync, writeFileSync} from 'node:fs';
import {troubles} from '../../../src/lib/credentials/failures.ts';

const page = new URL('../../../docs/troubleshooting.md', import.meta.url);

const head = `# Troubleshooting: credentials

Every refusal has a code: it stands in the \`error\` of \`--json\`, and this page has a section for each.
\`corectl auth check --tenant T\` shows for each environment who corectl would be, from which source, and what it may do there;
\`--verbose\` shows each request, without any secret.

<!-- Made from src/lib/credentials/failures.ts: WRITE_DOCS=1 npx mocha test/lib/credentials/troubleshooting.test.ts writes it anew. -->
`;

function expected(): string {
  const sections = Object.entries(troubles).map(([code, {meaning, next}]) => {
    const steps = next.map((step) => `- ${step}\n`).join('');
    return `\n## ${code}\n\n${meaning}\n\n${steps}`;
  });
  return head + sections.join('');
}

describe('docs/troubleshooting.md', () => {
  it('has every code of credentials, what it means and what to do next', () => {
    if (process.env.WRITE_DOCS) writeFileSync(page, expected());
    expect(readFileSync(page, 'utf8')).to.equal(expected());
  });
});
