import {expect} from 'chai';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {dockerConfigFile} from '../../../../src/lib/credentials/docker/config.ts';
import {loginFiles} from '../../../../src/lib/credentials/docker/login-files.ts';
import {dockerLogins, firstOfLogins} from '../../../../src/lib/credentials/docker/logins.ts';

const basic = (username: string, password: string) => ({kind: 'basic', username, password});
const base64 = (text: string) => Buffer.from(text).toString('base64');
const login = (user: string) => ({auth: base64(`${user}:pw-${user}`)});
const hub = 'https://index.docker.io/v1/';

interface Row {
  readonly title: string;
  readonly config: object;
  readonly host?: string;
  readonly path?: string;
  readonly plainHttp?: boolean;
  readonly expected: object | undefined;
}

const table: Row[] = [
  {title: 'a host', config: {auths: {'r.io': login('a')}}, expected: basic('a', 'pw-a')},
  {title: 'another host', config: {auths: {'q.io': login('a')}}, expected: undefined},
  {title: 'a host that merely starts alike', config: {auths: {'r.io.evil': login('a')}}, expected: undefined},
  {title: 'a URL', config: {auths: {'https://r.io': login('a')}}, expected: basic('a', 'pw-a')},
  {title: 'a URL with a slash', config: {auths: {'https://r.io/': login('a')}}, expected: basic('a', 'pw-a')},
  {
    title: 'a URL of version 1',
    config: {auths: {'https://r.io/v1/': login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'a URL of version 2',
    config: {auths: {'https://r.io/v2/': login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {title: 'a host in capitals', config: {auths: {'R.io': login('a')}}, expected: basic('a', 'pw-a')},
  {
    title: 'the default port in the key',
    config: {auths: {'r.io:443': login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'the default port in the image',
    host: 'r.io:443',
    config: {auths: {'r.io': login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'the port of plain http',
    plainHttp: true,
    config: {auths: {'r.io:80': login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'keys that are kept for https, and a store, although http is spoken',
    plainHttp: true,
    config: {auths: {'r.io': login('a'), 'https://r.io': login('b')}, credsStore: 'never-asked'},
    expected: undefined,
  },
  {title: 'port 80 although https is spoken', config: {auths: {'r.io:80': login('a')}}, expected: undefined},
  {title: 'another port', host: 'r.io:5000', config: {auths: {'r.io': login('a')}}, expected: undefined},
  {
    title: 'its own spelling first',
    host: 'r.io',
    config: {auths: {'https://r.io': login('a'), 'r.io': login('b')}},
    expected: basic('b', 'pw-b'),
  },
  {
    title: 'a path',
    config: {auths: {'r.io/projA': login('a')}},
    path: 'projA/app',
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'a whole path',
    config: {auths: {'r.io/projA/app': login('a')}},
    path: 'projA/app',
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'a path that is no folder of the image',
    config: {auths: {'r.io/projA': login('a')}},
    path: 'projAB/app',
    expected: undefined,
  },
  {
    title: 'the longest of several paths',
    config: {auths: {'r.io': login('host'), 'r.io/p/q': login('long'), 'r.io/p': login('short')}},
    path: 'p/q/app',
    expected: basic('long', 'pw-long'),
  },
  {
    title: 'the host where no path fits',
    config: {auths: {'r.io': login('host'), 'r.io/p/q': login('long')}},
    path: 'z/app',
    expected: basic('host', 'pw-host'),
  },
  {
    title: 'a repository called v1',
    config: {auths: {'r.io/v1': login('a')}},
    path: 'other',
    expected: undefined,
  },
  {
    title: "Docker Hub by docker's key",
    host: 'docker.io',
    config: {auths: {[hub]: login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'Docker Hub by its host',
    host: 'registry-1.docker.io',
    config: {auths: {[hub]: login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'Docker Hub without a scheme',
    host: 'docker.io',
    config: {auths: {'index.docker.io/v1/': login('a')}},
    expected: basic('a', 'pw-a'),
  },
  {
    title: 'a path on Docker Hub',
    host: 'docker.io',
    config: {auths: {[hub]: login('a'), 'docker.io/acme': login('b')}},
    path: 'acme/app',
    expected: basic('b', 'pw-b'),
  },
  {
    title: 'a password with colons',
    config: {auths: {'r.io': {auth: base64('u:a:b:c')}}},
    expected: basic('u', 'a:b:c'),
  },
  {
    title: 'unpadded base64',
    config: {auths: {'r.io': {auth: base64('u:12').replace(/=+$/, '')}}},
    expected: basic('u', '12'),
  },
  {
    title: 'NULs after the password',
    config: {auths: {'r.io': {auth: base64('u:pw\0\0')}}},
    expected: basic('u', 'pw'),
  },
  {
    title: 'username and password',
    config: {auths: {'r.io': {username: 'u', password: 'p'}}},
    expected: basic('u', 'p'),
  },
  {
    title: 'an identity token',
    config: {auths: {'r.io': {auth: base64('u:'), identitytoken: 't'}}},
    expected: {kind: 'identity-token', token: 't'},
  },
  {
    title: 'a registry token',
    config: {auths: {'r.io': {registrytoken: 't'}}},
    expected: {kind: 'bearer', token: 't'},
  },
  {title: 'an empty entry', config: {auths: {'r.io': {}}}, expected: undefined},
  {
    title: 'an empty path entry below a login',
    config: {auths: {'r.io/p': {}, 'r.io': login('a')}},
    path: 'p/app',
    expected: basic('a', 'pw-a'),
  },
  {title: 'nothing', config: {}, expected: undefined},
  {
    title: 'null for everything',
    config: {auths: null, credHelpers: null, credsStore: null},
    expected: undefined,
  },
  {title: 'a key that is no host', config: {auths: {'': login('a'), '/': login('b')}}, expected: undefined},
  {
    title: 'a broken entry for someone else',
    config: {auths: {'q.io': {auth: '!'}, 'r.io': login('a')}},
    expected: basic('a', 'pw-a'),
  },
];

describe("docker's configuration", () => {
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'corectl-logins-'));
    file = path.join(folder, 'config.json');
  });
  after(() => rm(folder, {recursive: true}));

  const find = async (text: string, {host = 'r.io', path = 'app', plainHttp = false} = {}) => {
    await writeFile(file, text);
    return dockerLogins(file, {env: {}}).find({host, path, plainHttp});
  };
  const failure = async (text: string) => {
    const error = (await find(text).catch((error: unknown) => error)) as Error & {
      code: string;
      exitCode: number;
    };
    expect(error).to.be.instanceOf(Error);
    return error;
  };

  for (const {title, config, expected, ...wanted} of table) {
    it(`finds by ${title}: ${expected ? JSON.stringify(expected) : 'nothing'}`, async () => {
      expect((await find(JSON.stringify(config), wanted))?.credential).to.deep.equal(expected);
    });
  }

  it('says which file and key the login came from', async () => {
    const found = await find(JSON.stringify({auths: {'r.io/p': login('a')}}), {path: 'p/app'});
    expect(found?.origin).to.equal(`docker configuration ${file} (auths "r.io/p")`);
  });

  it('has no login when there is no file', async () => {
    const logins = dockerLogins(path.join(folder, 'none', 'config.json'), {env: {}});
    expect(await logins.find({host: 'r.io', path: 'app', plainHttp: false})).to.equal(undefined);
  });

  for (const text of ['', ' \n', '\uFEFF', 'null']) {
    it(`has no login when the file is ${JSON.stringify(text)}, as docker has it`, async () => {
      expect(await find(text)).to.equal(undefined);
    });
  }

  for (const [title, text] of [
    ['no JSON', '{"auths": {"r.io": {"auth": canary-secret}}}'],
    ['a list', '["canary-secret"]'],
    ['auths that are no object', '{"auths": "canary-secret"}'],
    ['a login that is no base64', '{"auths": {"r.io": {"auth": "canary-secret!"}}}'],
    ['a login without a colon', JSON.stringify({auths: {'r.io': {auth: base64('canary-secret')}}})],
    ['a password that is no text', '{"auths": {"r.io": {"username": "canary-secret", "password": 7}}}'],
    ['a list of helpers', '{"credHelpers": ["canary-secret"]}'],
  ] as const) {
    it(`names the file and shows nothing of it when it holds ${title}`, async () => {
      const error = await failure(text);
      expect(error.message).to.contain(file);
      expect(error).to.include({code: 'docker-config', exitCode: 5});
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).to.not.contain('canary');
      expect(error.message).to.not.contain(base64('canary-secret'));
      expect(error.cause).to.equal(undefined);
    });
  }

  it('reads the file again for a renewal, and not otherwise', async () => {
    await writeFile(file, JSON.stringify({auths: {'r.io': login('old')}}));
    const logins = dockerLogins(file, {env: {}});
    const wanted = {host: 'r.io', path: 'app', plainHttp: false};
    await logins.find(wanted);
    await writeFile(file, JSON.stringify({auths: {'r.io': login('new')}}));
    expect((await logins.find(wanted))?.credential).to.deep.equal(basic('old', 'pw-old'));
    expect((await logins.find({...wanted, renew: true}))?.credential).to.deep.equal(basic('new', 'pw-new'));
  });

  it('lies in DOCKER_CONFIG, else below the home folder', () => {
    expect(dockerConfigFile({DOCKER_CONFIG: '/etc/d', HOME: '/home/x'})).to.equal('/etc/d/config.json');
    expect(dockerConfigFile({DOCKER_CONFIG: '', HOME: '/home/x'})).to.equal('/home/x/.docker/config.json');
  });

  it('are looked for where docker, podman and skopeo keep them, and the first that has one gives it', async () => {
    const home = {HOME: '/home/x'};
    expect(loginFiles(home)).to.deep.equal([
      '/home/x/.docker/config.json',
      '/home/x/.config/containers/auth.json',
    ]);
    expect(
      loginFiles({
        ...{REGISTRY_AUTH_FILE: '/a.json', DOCKER_CONFIG: '/d', XDG_RUNTIME_DIR: '/run/user/1'},
        ...{XDG_CONFIG_HOME: '/c', ...home},
      }),
    ).to.deep.equal([
      '/a.json',
      '/d/config.json',
      '/run/user/1/containers/auth.json',
      '/c/containers/auth.json',
    ]);
    expect(loginFiles({...home, XDG_RUNTIME_DIR: 'run', REGISTRY_AUTH_FILE: ''})).to.have.length(2);

    const [first, second] = [path.join(folder, 'first.json'), path.join(folder, 'second.json')];
    await writeFile(first, JSON.stringify({auths: {'r.io': login('a')}}));
    await writeFile(second, JSON.stringify({auths: {'r.io': login('b'), 'q.io': login('c')}}));
    const logins = firstOfLogins(
      first,
      [first, second, `${first}.absent`].map((file) => dockerLogins(file, {env: {}})),
    );
    const of = async (host: string) => logins.find({host, path: 'app', plainHttp: false});
    expect((await of('r.io'))?.credential).to.deep.equal(basic('a', 'pw-a'));
    const other = await of('q.io');
    expect([other?.credential, other?.file]).to.deep.equal([basic('c', 'pw-c'), second]);
    expect(await of('p.io')).to.equal(undefined);
  });
});
