import {expect} from 'chai';
import {setMaxListeners} from 'node:events';
import {setImmediate as turn} from 'node:timers/promises';
import {promoteForTest} from '../../support/promotion.ts';
import {pushImage} from '../../support/registry.ts';
import {repositoryOf, sitesOfTest} from '../../support/sites.ts';

describe('a promotion of many layers', () => {
  const sites = sitesOfTest();

  it('makes Node suspect no leak: users would read that on their terminal', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 40, layerSize: 200});
    const warnings: string[] = [];
    const note = ({name}: Error) => warnings.push(name);
    process.on('warning', note);
    try {
      const {signal} = new AbortController();
      setMaxListeners(0, signal);
      const {report} = await promoteForTest({from: dev, to: [eu], signal, concurrency: 32});
      expect(report.exitCode).to.equal(0);
      await turn();
      // nothing but what corectl makes itself
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off('warning', note);
    }
  });
});
