import {expect} from 'chai';
import {mkdirSync, statSync} from 'node:fs';
import {homedir} from 'node:os';
import path from 'node:path';
import {homeDirectory} from '../../../src/lib/environments/home.ts';
import {readSettings, writeSettings} from '../../../src/lib/environments/settings.ts';
import {parseSource} from '../../../src/lib/environments/checkout/source.ts';
import {githubToken} from '../../../src/lib/environments/checkout/token.ts';
import {CorectlError} from '../../../src/lib/errors.ts';
import {remove, temporaryFolder, writeFiles} from '../../support/git.ts';

describe('the home directory', () => {
  it('is CORECTL_HOME, else below XDG_CONFIG_HOME, else below the user’s .config', () => {
    const env = {CORECTL_HOME: '/c', XDG_CONFIG_HOME: '/x', HOME: '/h'};
    expect(homeDirectory(env)).to.equal('/c');
    expect(homeDirectory({...env, CORECTL_HOME: ''})).to.equal('/x/corectl');
    expect(homeDirectory({HOME: '/h'})).to.equal('/h/.config/corectl');
    expect(homeDirectory({HOME: '/h', XDG_CONFIG_HOME: 'relative'})).to.equal('/h/.config/corectl');
    expect(homeDirectory({})).to.equal(path.join(homedir(), '.config/corectl'));
  });
});

describe('the settings', () => {
  let home: string;
  beforeEach(() => {
    home = path.join(temporaryFolder(), 'new', 'home');
  });
  afterEach(() => {
    remove(path.dirname(path.dirname(home)));
  });

  it('are absent before the first init', async () => {
    expect(await readSettings(home)).to.equal(undefined);
  });

  it('read back as they were written, numbers as text, by the owner only', async () => {
    mkdirSync(home, {recursive: true});
    await writeSettings(path.join(home, 'corectl.yaml'), {
      source: 'https://example.com/r',
      ref: '1.10',
      p2p: {prod: {'default-envs': ['12e5']}},
    });
    const {source, ref, file} = (await readSettings(home))!;
    expect({source, ref}).to.deep.equal({source: 'https://example.com/r', ref: '1.10'});
    expect(JSON.stringify(file.value)).to.contain('"12e5"');
    expect(statSync(path.join(home, 'corectl.yaml')).mode & 0o777).to.equal(0o600);
  });

  it('are those that wait in a clone which has just come into force', async () => {
    writeFiles(home, {
      'corectl.yaml': 'repositories: {cplatform: /before}\n',
      'repositories/cplatform/.git/corectl-settings.yaml': 'repositories: {cplatform: /now}\n',
    });
    expect((await readSettings(home))?.source).to.equal('/now');
  });

  it('are refused with a misspelt p2p or ref: other stages would follow, or another commit', async () => {
    for (const key of ['p2P', 'p2pp', 'reff']) {
      writeFiles(home, {'corectl.yaml': `repositories: {cplatform: /r}\n${key}: {prod: {}}\n`});
      const error = await readSettings(home).catch((one: unknown) => one);
      expect((error as CorectlError).message).to.match(
        new RegExp(`yaml:2:1 ${key}: expected a key that is known`),
      );
    }
    writeFiles(home, {'corectl.yaml': 'repositories: {cplatform: /r}\nplatform: x\n'});
    expect(await readSettings(home)).to.include({source: '/r'});
  });

  it('say where they are wrong', async () => {
    writeFiles(home, {'corectl.yaml': 'repositories: {cplatform: []}\n'});
    const error: unknown = await readSettings(home).catch((one: unknown) => one);
    expect(error).to.be.instanceOf(CorectlError).with.property('code', 'invalid-settings');
    expect(String(error)).to.contain('corectl.yaml:1:16 repositories.cplatform: expected');
  });
});

describe('the GitHub token', () => {
  const tokenFor = (url: string, env: NodeJS.ProcessEnv, flag?: string) =>
    githubToken(flag, env)(parseSource(url, '/'));
  const github = 'https://github.com/o/r';

  it('is the flag’s, else CORECTL_GITHUB_TOKEN, GITHUB_TOKEN, GH_TOKEN in this order', () => {
    const env = {CORECTL_GITHUB_TOKEN: 'a', GITHUB_TOKEN: 'b', GH_TOKEN: 'c'};
    expect(tokenFor(github, env, 'flag\n')).to.equal('flag');
    expect(tokenFor(github, env)).to.equal('a');
    expect(tokenFor(github, {...env, CORECTL_GITHUB_TOKEN: ''})).to.equal('b');
    expect(tokenFor(github, {GH_TOKEN: 'c'})).to.equal('c');
    expect(tokenFor(github, {})).to.equal(undefined);
  });

  it('of GitHub goes to GitHub’s hosts alone', () => {
    const env = {
      GITHUB_TOKEN: 'b',
      GITHUB_SERVER_URL: 'https://ghe.example.com',
      GH_HOST: 'other.example.com',
    };
    expect(tokenFor('https://ghe.example.com/o/r', env)).to.equal('b');
    expect(tokenFor('https://other.example.com/o/r', env)).to.equal('b');
    for (const url of [
      'https://gitlab.com/o/r',
      'https://github.com.example.com/o/r',
      'https://ghe.example.com:8443/o/r',
      'http://localhost/o/r',
      'git@github.com:o/r',
    ])
      expect(tokenFor(url, env), url).to.equal(undefined);
    expect(tokenFor('https://gitlab.com/o/r', {...env, CORECTL_GITHUB_TOKEN: 'a'})).to.equal('a');
  });

  it('is refused, and not shown, with characters that would end a header', () => {
    expect(() => tokenFor(github, {}, 'sec\r\nret'))
      .to.throw(CorectlError)
      .with.property('message')
      .that.does.not.contain('sec');
  });
});
