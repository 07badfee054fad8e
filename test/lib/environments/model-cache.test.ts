import {expect} from 'chai';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import {fingerprintOf} from '../../../src/lib/environments/model-cache.ts';
import {openEnvironments} from '../../../src/lib/environments/open.ts';
import {sampleRepository} from '../../support/environments-repository.ts';
import {commit, remove, temporaryFolder} from '../../support/git.ts';
import {initialise} from '../../support/initialised-home.ts';

describe('what was read from the clone is kept for the next run', () => {
  let work: string;
  let home: string;
  beforeEach(async () => {
    work = temporaryFolder();
    home = path.join(work, 'corectl');
    const repository = path.join(work, 'repository');
    commit(repository, sampleRepository);
    await initialise(work, repository);
  });
  afterEach(() => {
    remove(work);
  });

  const clone = (...names: string[]) => path.join(home, 'repositories', 'cplatform', ...names);
  const kept = () => clone('.git', 'corectl-model-sources.json');
  /** As if the keeping lay long after the last change. */
  const age = () => {
    const later = new Date(Date.now() + 60_000);
    utimesSync(kept(), later, later);
  };
  /** Marks what is kept, so that it can be told from what is read anew. */
  const mark = () => {
    writeFileSync(kept(), readFileSync(kept(), 'utf8').replace(/"source":"[^"]*"/, '"source":"kept"'));
    age();
  };

  it('and says the same', async () => {
    const first = await openEnvironments(home);
    age();
    expect(await openEnvironments(home)).to.deep.equal(first);
    mark();
    expect(await openEnvironments(home)).to.deep.equal({...first, source: 'kept'});
  });

  for (const [what, change] of [
    [
      'a file of the repository',
      () => {
        appendFileSync(clone('corectl.yaml'), '# changed\n');
      },
    ],
    [
      'a new file',
      () => {
        writeFileSync(clone('tenants', 'tenants', 'new.yaml'), 'name: new\nenvironments: []\n');
      },
    ],
    [
      'a file that went',
      () => {
        rmSync(clone('environments', 'environments.yaml'));
      },
    ],
    [
      'the settings',
      () => {
        appendFileSync(path.join(home, 'corectl.yaml'), '# changed\n');
      },
    ],
    [
      'the kept file itself, cut short',
      () => {
        writeFileSync(kept(), '{"writer":');
      },
    ],
  ] as const) {
    it(`until there is a change: ${what}`, async () => {
      await openEnvironments(home);
      mark();
      change();
      expect((await openEnvironments(home)).source).not.to.equal('kept');
    });
  }

  /** As if the keeping lay so long after the newest change that it is read from, in milliseconds. */
  const keepAfter = (later: number) => {
    mark();
    const {newest} = fingerprintOf(home, realpathSync(clone()))!;
    utimesSync(kept(), (newest + later) / 1000, (newest + later) / 1000);
  };

  it('but not when a file was changed so shortly before that the change may have been missed', async () => {
    await openEnvironments(home);
    for (const [later, isKept] of [
      [-1000, false],
      [0, false],
      [1900, false],
      [2100, true],
    ] as const) {
      keepAfter(later);
      expect((await openEnvironments(home)).source === 'kept', `${later} ms`).to.equal(isKept);
    }
  });

  it('and not for another build of corectl', async () => {
    await openEnvironments(home);
    writeFileSync(kept(), readFileSync(kept(), 'utf8').replace(/"writer":"[^"]*"/, '"writer":"another"'));
    mark();
    expect((await openEnvironments(home)).source).not.to.equal('kept');
  });

  it('in a file of its own for each build, of which the newest few stay', async () => {
    const others = ['one', 'two', 'three', 'four'].map((name) => clone('.git', `corectl-model-${name}.json`));
    others.forEach((file, age) => {
      writeFileSync(file, 'of another build');
      const time = new Date(Date.now() - 1000 * (age + 1));
      utimesSync(file, time, time);
    });
    await openEnvironments(home);
    expect(existsSync(kept())).to.be.true;
    expect(others.map((file) => existsSync(file))).to.deep.equal([true, true, true, false]);
    expect(readFileSync(others[0]!, 'utf8')).to.equal('of another build');
  });

  it('and where it cannot be kept, the repository is read all the same and nothing is left behind', async () => {
    mkdirSync(kept());
    expect((await openEnvironments(home)).model.stages.size).to.be.greaterThan(0);
    expect(readdirSync(clone('.git')).filter((name) => name.startsWith('corectl-model'))).to.have.length(1);
  });
});
