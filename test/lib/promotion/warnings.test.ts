import {expect} from 'chai';
import {pushImage} from '../../support/registry.ts';
import {promoteForTest, type PromotionResult} from '../../support/promotion.ts';
import {expectPromoted, repositoryOf, sitesOfTest} from '../../support/sites.ts';

describe('warnings that a registry adds to its answers', () => {
  const sites = sitesOfTest();

  async function promotedWith(...values: string[]): Promise<{warnings: string[]; host: string}> {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    const image = await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 50, layerSize: 10});
    eu.registry.faults.add({action: {headers: {warning: values}}});
    const result = await promoteForTest({from: dev, to: [eu]});
    expect(result.report.exitCode).to.equal(0);
    expect(eu.registry.log.requests().length).to.be.greaterThan(50);
    await expectPromoted(dev, image.digest, eu);
    return {warnings: warningsOf(result), host: eu.registry.host};
  }

  const warningsOf = ({events}: PromotionResult): string[] =>
    events.flatMap((event) => (event.kind === 'warning' ? [event.message] : []));

  it('are told once, by whom and what, and change nothing', async () => {
    const {warnings, host} = await promotedWith('299 - "Your login ends in 30 \\"days\\"."');
    expect(warnings).to.deep.equal([`${host}: Your login ends in 30 "days".`]);
  });

  it('may be several, in one line or in several', async () => {
    const {warnings, host} = await promotedWith('299 - "one, or two", 299 - "three"', '299 - "four"');
    expect(warnings).to.deep.equal([`${host}: one, or two`, `${host}: three`, `${host}: four`]);
  });

  it('are told for each host', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0');
    for (const {registry} of [dev, eu])
      registry.faults.add({action: {headers: {warning: '299 - "read only on Sunday"'}}});
    const warnings = warningsOf(await promoteForTest({from: dev, to: [eu]}));
    expect(warnings).to.have.members([dev, eu].map(({registry}) => `${registry.host}: read only on Sunday`));
  });

  it('move no cursor, forge no line and command no CI system', async () => {
    const {warnings} = await promotedWith('299 - "::error::x\u009b31m\u00ad\u0085##vso[task]"');
    expect(warnings).to.have.length(1);
    expect(warnings[0]).not.to.match(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it('are left out when they are no warnings of a registry', async () => {
    const {warnings} = await promotedWith('110 anderson/1.3.37 "Response is stale"', '299 - unquoted', '299');
    expect(warnings).to.deep.equal([]);
  });

  it('are read as far as an answer may have them', async () => {
    const {warnings} = await promotedWith(`299 - "${'x'.repeat(4000)}"`, `299 - "${'y'.repeat(4000)}"`);
    expect(warnings).to.have.length(1);
    expect(warnings[0]!.length).to.be.lessThan(1100);
  });

  it('that never repeat themselves are not told for ever', async () => {
    const [dev, eu] = [await sites.source(), await sites.destination()];
    await pushImage(dev.registry, repositoryOf(dev), '1.0.0', {layers: 50, layerSize: 10});
    let count = 0;
    eu.registry.faults.add({
      action: {
        intercept: async (exchange, next) => {
          const answer = await next(exchange);
          return {...answer, headers: {...answer.headers, warning: `299 - "number ${(count += 1)}"`}};
        },
      },
    });
    const warnings = warningsOf(await promoteForTest({from: dev, to: [eu]}));
    expect(count).to.be.greaterThan(50);
    expect(warnings).to.have.length(20);
  });
});
