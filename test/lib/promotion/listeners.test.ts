import {getEventListeners} from 'node:events';
import {expect} from 'chai';
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
      const atMost = mostListeners(signal);
      const {report} = await promoteForTest({from: dev, to: [eu], signal, concurrency: 32});
      expect(report.exitCode).to.equal(0);
      await turn();
      expect(warnings).to.deep.equal([]);
      // Node goes through all of them at each that is added: thousands would take the run's time
      expect(atMost()).to.equal(1);
    } finally {
      process.off('warning', note);
    }
  });
});

/** Counts how many listen to a signal, at most, each time that one more does. */
function mostListeners(signal: AbortSignal): () => number {
  const add = signal.addEventListener.bind(signal);
  let most = 0;
  signal.addEventListener = (...args: Parameters<AbortSignal['addEventListener']>) => {
    add(...args);
    most = Math.max(most, getEventListeners(signal, 'abort').length);
  };
  return () => most;
}
