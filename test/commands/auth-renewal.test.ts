import {expect} from 'chai';
import {account, googleCloudsOfTest, toProd} from '../support/google-clouds.ts';

// the long one takes as long as it says; the short one shows the same in less
const lanes = [
  {seconds: 8, layers: 16},
  ...(process.env.CORECTL_SLOW_TESTS ? [{seconds: 20, layers: 40}] : []),
];

describe('tokens that end in the middle of a copy', () => {
  const start = googleCloudsOfTest();

  for (const {seconds, layers} of lanes) {
    for (const [how, bearer] of [
      ["are renewed: access tokens as the registry's password", undefined],
      ["are renewed: the registry's own tokens for them", 2],
    ] as const) {
      it(`${how}, of 2 s in a copy of ${seconds} s`, async () => {
        const layerSize = 600_000;
        const clouds = await start({
          lifetime: 2,
          ...(bearer !== undefined && {bearer}),
          image: {layers, layerSize},
        });
        // each layer takes 2 s to read, and 4 of this size are read at once
        clouds.registry.faults.add({
          method: 'GET',
          path: /\/blobs\//,
          match: ({entry}) => !entry.url.includes('uploads'),
          action: {throttle: layerSize / 2, side: 'response'},
        });
        const started = performance.now();
        const result = await clouds.home.run(toProd, clouds.job);
        const lasted = (performance.now() - started) / 1000;
        expect(result.code, result.stderr).to.equal(0);
        expect(lasted, 'seconds').to.be.above(seconds);
        expect(await clouds.promoted('prod-eu')).to.equal(clouds.image.digest);
        expect(await clouds.promoted('prod-us')).to.equal(clouds.image.digest);
        // some renewals, and not one for each of the many requests
        const requests = clouds.registry.log.requests().length;
        for (const name of ['prod-eu', 'prod-us'] as const) {
          const exchanges = clouds.tokens.mint.logins(account(name));
          expect(exchanges, `exchanges of ${name}`).to.be.within(2, Math.ceil(lasted / 1.5) + 1);
          expect(exchanges).to.be.below(requests / 4);
        }
      }).timeout(seconds * 6000);
    }
  }

  if (lanes.length === 1) it('the same in a copy of 20 s (set CORECTL_SLOW_TESTS=1)');
});
