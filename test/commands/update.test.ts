import {expect} from 'chai';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {runCli} from '../support/cli.ts';
import {sampleRepository} from '../support/environments-repository.ts';
import {commit, git, remove} from '../support/git.ts';
import {initialisedHome} from '../support/initialised-home.ts';

describe('corectl update', () => {
  let work: string;
  let home: string;
  let repository: string;
  let head: string;
  beforeEach(async () => {
    ({work, home, repository, head} = await initialisedHome());
  });
  afterEach(() => {
    remove(work);
  });

  const update = (...args: string[]) => runCli(['update', ...args], {home});
  const clone = (...parts: string[]) => path.join(home, 'corectl/repositories/cplatform', ...parts);

  it('says that there is nothing new', async () => {
    const {code, stdout} = await update();
    expect(code).to.equal(0);
    expect(stdout).to.equal(`up to date at ${head.slice(0, 12)}\n`);
  });

  it('moves to the newest commit and says from where to where', async () => {
    const newer = commit(repository, {'tenants/tenants/new.yaml': 'name: new\nenvironments: [gcp-dev]\n'});
    const {stdout} = await update();
    expect(stdout).to.equal(`updated from ${head.slice(0, 12)} to ${newer.slice(0, 12)}\n`);
    expect((await runCli(['tenant', 'list'], {home})).stdout).to.match(/^new /m);
  });

  it('drops local changes and follows a rewritten history', async () => {
    writeFileSync(clone('corectl.yaml'), 'changed by hand');
    git(repository, 'commit', '--quiet', '--amend', '--message=rewritten');
    expect((await update()).code).to.equal(0);
    expect(readFileSync(clone('corectl.yaml'), 'utf8')).to.equal(sampleRepository['corectl.yaml']);
    expect(git(clone(), 'status', '--porcelain')).to.equal('');
    expect(git(clone(), 'rev-parse', 'HEAD')).to.equal(git(repository, 'rev-parse', 'HEAD'));
  });

  it('clones anew what was removed', async () => {
    remove(clone());
    expect((await update()).stdout).to.equal(`cloned anew at ${head.slice(0, 12)}\n`);
  });

  it('keeps what is there when the newest commit is unusable or, with --strict, has a problem', async () => {
    commit(repository, {'tenants/tenants/new.yaml': 'name: []\n'});
    expect((await update('--strict')).code).to.equal(2);
    commit(repository, {'corectl.yaml': ''});
    expect((await update()).code).to.equal(2);
    expect(git(clone(), 'rev-parse', 'HEAD')).to.equal(head);
  });

  it('keeps what is there when the source is gone', async () => {
    remove(repository);
    const {code, stderr} = await update();
    expect(code).to.equal(2);
    expect(stderr).to.contain('there is no such folder');
    expect(git(clone(), 'rev-parse', 'HEAD')).to.equal(head);
  });

  it('asks for an init first', async () => {
    const {code, stderr} = await runCli(['update']);
    expect(code).to.equal(2);
    expect(stderr).to.contain('corectl init -e URL|PATH');
  });
});
