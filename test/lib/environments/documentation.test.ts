import {expect} from 'chai';
import {readFileSync} from 'node:fs';
import {loadModel} from '../../../src/lib/environments/reading/load.ts';
import {locateRepository} from '../../../src/lib/environments/location.ts';
import {formatProblem} from '../../../src/lib/environments/problem.ts';
import {remove, temporaryFolder, writeFiles} from '../../support/git.ts';

const page = readFileSync(new URL('../../../docs/environments-repository.md', import.meta.url), 'utf8');

/** Its examples, each below a comment that names its file. */
function examples(): Record<string, string> {
  const found = page.matchAll(/<!-- file: (\S+) -->\n\n```yaml\n(.*?)```/gs);
  return Object.fromEntries([...found].map(([, file = '', text = '']) => [file, text] as const));
}

describe('the page on the environments repository', () => {
  it('shows files that make a sound repository', async () => {
    const root = temporaryFolder();
    try {
      writeFiles(root, examples());
      const model = await loadModel(root);
      expect(model.problems.map(formatProblem)).to.deep.equal([]);
      expect([...model.environments.keys()]).to.have.members(['gcp-dev', 'prod-cn', 'prod-azure', 'prod-eu']);
      expect([...model.tenants.keys()]).to.have.members(['payments', 'shop']);
      expect(model.stages.get('extended-test')?.next).to.deep.equal(['soak', 'prod']);
      const place = {tenant: 'payments', stage: 'prod', image: 'app'};
      expect(locateRepository(model.environments.get('prod-eu')!, place)).to.deep.include({
        host: 'harbor.example.com',
        path: 'platform/payments/prod/app',
      });
    } finally {
      remove(root);
    }
  });
});
