import {expect} from 'chai';
import {execa} from 'execa';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {packageFolder} from '../support/cli.ts';

const dist = path.join(packageFolder, 'dist');
const [licenses, sbom] = ['THIRD-PARTY-LICENSES', 'sbom.cdx.json'].map((name) =>
  readFileSync(path.join(dist, name), 'utf8'),
) as [string, string];

interface Component {
  name: string;
  version: string;
  purl: string;
  licenses: unknown[];
}
const {components, ...bom} = JSON.parse(sbom) as {
  components: Component[];
  bomFormat: string;
  specVersion: string;
};

describe('what is bundled', () => {
  it('is told in CycloneDX, each package once, with version, licence and digest', () => {
    expect(bom).to.include({bomFormat: 'CycloneDX', specVersion: '1.6'});
    expect(components.length).to.be.greaterThan(100);
    expect(new Set(components.map(({purl}) => purl)).size).to.equal(components.length);
    for (const one of components) expect(one, one.purl).to.have.property('hashes').that.has.length(1);
    expect(components.map(({purl}) => purl).join('\n')).to.match(/^pkg:npm\/%40oclif\/core@\d/m);
  });

  it('is told with the text of each licence', () => {
    for (const {purl} of components) {
      const name = purl.replace(/^pkg:npm\/|@[^@]*$/g, '').replace('%40', '@');
      expect(licenses).to.include(`\n${name} `);
    }
    for (const text of ['Apache License', 'Permission is hereby granted', 'Redistribution and use'])
      expect(licenses).to.include(text);
  });

  it('is told alike by each build: without a time, a number of its own, or a path of a machine', () => {
    for (const text of [licenses, sbom]) expect(text).not.to.match(/serialNumber|timestamp|\/node_modules\//);
  });
});

describe('the check of what is bundled', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'corectl-inventory-'));
  });
  afterEach(() => {
    rmSync(folder, {recursive: true, force: true});
  });

  const problems = async (name: string, license: string, bundled = name): Promise<string> => {
    const value = /\s/.test(license) ? {expression: license} : {license: {id: license}};
    writeFileSync(path.join(folder, 'THIRD-PARTY-LICENSES'), `x\n${name} 1.0.0 (${license})\n`);
    writeFileSync(
      path.join(folder, 'sbom.cdx.json'),
      JSON.stringify({components: [{name, version: '1.0.0', licenses: [value]}]}),
    );
    const script = fileURLToPath(new URL('../../scripts/inventory-problems.js', import.meta.url));
    const metafile = {outputs: {'cli.js': {inputs: {[`node_modules/x/node_modules/${bundled}/a.js`]: {}}}}};
    const code = `const {inventoryProblems} = await import(${JSON.stringify(script)});
      console.log((await inventoryProblems(${JSON.stringify(folder)}, ${JSON.stringify(metafile)})).join('\\n'));`;
    return (await execa(process.execPath, ['--input-type=module', '--eval', code])).stdout;
  };

  it('finds nothing where all is told', async () => {
    expect(await problems('left', 'MIT')).to.equal('');
    expect(await problems('left', '(GPL-3.0 OR MIT)')).to.equal('');
  });

  it('finds a licence that nobody accepted', async () => {
    for (const license of ['GPL-3.0', 'unknown', 'MIT AND GPL-3.0', 'SEE LICENSE IN x'])
      expect(await problems('left', license)).to.include('left 1.0.0 has the licence');
  });

  it('finds a bundled package that is not told', async () => {
    expect(await problems('left', 'MIT', '@foreign/pad'))
      .to.include('sbom.cdx.json does not name @foreign/pad')
      .and.include('THIRD-PARTY-LICENSES does not name @foreign/pad');
  });
});
