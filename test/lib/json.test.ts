import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {expect} from 'chai';
import {mergeFiles} from '../../src/lib/cli/runs/merge-files.ts';
import {readDockerConfig} from '../../src/lib/credentials/docker/config.ts';
import {CorectlError} from '../../src/lib/errors.ts';
import {parseJson} from '../../src/lib/json.ts';
import {mediaTypes} from '../../src/lib/oci/media-types.ts';
import {readPlanFile} from '../../src/lib/saved-plans/plan-file.ts';
import {promoteForTest} from '../support/promotion.ts';
import {asSubject, pushArtifact, pushImage, takeAnyManifest} from '../support/registry.ts';
import {pushBytes, repositoryOf, sitesOfTest, storeOf, tagOf} from '../support/sites.ts';

// JSON.parse reads this; what walks it by recursion ends the stack
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const deep = nested(100_000);

describe('JSON from outside', () => {
  it('is read up to a depth that nothing needs, and is none beyond', () => {
    expect(parseJson(nested(200))).to.be.an('array');
    expect(parseJson(nested(201))).to.equal(undefined);
    expect(parseJson(`{"a": ${deep}}`)).to.equal(undefined);
    expect(parseJson(JSON.stringify({text: deep}))).to.deep.equal({text: deep});
    expect(parseJson('{')).to.equal(undefined);
  });
});

describe('a file that nests 100,000 levels', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'deep-'));
  const file = path.join(folder, 'deep.json');
  after(() => {
    rmSync(folder, {recursive: true});
  });

  async function refusal(text: string, read: () => unknown): Promise<string> {
    writeFileSync(file, text);
    const error: unknown = await Promise.resolve()
      .then(read)
      .catch((caught: unknown) => caught);
    return error instanceof CorectlError ? `${error.exitCode} ${error.code}` : String(error);
  }

  it('is no plan', async () => {
    const text = `{"corectlPlan": 1, "checksum": "sha256:0", "images": ${deep}}`;
    expect(await refusal(text, () => readPlanFile(file))).to.equal('2 invalid-plan');
  });

  it('is no report of a shard', async () => {
    const text = `{"drift": ${deep}}`;
    expect(await refusal(text, () => mergeFiles([file]))).to.equal('2 invalid-report');
  });

  it("is no configuration of docker's", async () => {
    const text = `{"auths": {"registry.example": {"auth": ${deep}}}}`;
    expect(await refusal(text, () => readDockerConfig(file))).to.equal('5 docker-config');
  });
});

describe('a promotion that meets JSON of 100,000 levels', () => {
  const sites = sitesOfTest();

  async function world() {
    const [dev, eu] = [await sites.source(), await sites.destination('prod-eu', {referrers: false})];
    for (const {registry} of [dev, eu]) registry.faults.add(takeAnyManifest(registry));
    return {dev, eu};
  }

  for (const [where, fields] of [
    ["a layer's media type", `"layers": [{"mediaType": ${deep}}]`],
    ['its annotations', `"layers": [], "annotations": {"a": ${deep}}`],
  ] as const) {
    it(`in an image (${where}) reads no manifest, and writes nothing`, async () => {
      const {dev, eu} = await world();
      const subject = asSubject(
        await pushImage(dev.registry, repositoryOf(dev), 'subject', {seed: 'subject'}),
      );
      const text = `{"schemaVersion": 2, "subject": ${JSON.stringify(subject)}, ${fields}}`;
      await pushBytes(dev, Buffer.from(text), mediaTypes.ociManifest);
      const {report} = await promoteForTest({from: dev, to: [eu]});
      expect(report.error?.code).to.equal('invalid-manifest');
      expect(eu.registry.log.requests({method: 'PUT'})).to.deep.equal([]);
    });
  }

  it('in the list of what refers to the image is told as a fault of the list, and the image is not tagged', async () => {
    const {dev, eu} = await world();
    const subject = await pushImage(dev.registry, repositoryOf(dev), 'subject', {seed: 'subject'});
    await pushArtifact(dev.registry, repositoryOf(dev), '1.0.0', {subject: asSubject(subject)});
    const list = `{"schemaVersion": 2, "mediaType": "${mediaTypes.ociIndex}", "manifests": [], "annotations": {"a": ${deep}}}`;
    await pushBytes(eu, Buffer.from(list), mediaTypes.ociIndex, subject.digest.replace(':', '-'));
    const {destination} = await promoteForTest({from: dev, to: [eu]});
    expect(destination('prod-eu').error?.code).to.equal('invalid-manifest');
    expect(await tagOf(eu)).to.equal(undefined);
    expect(await storeOf(eu).manifest(subject.digest.replace(':', '-'))).to.exist;
  });
});
