// The built-in registry for tests: with a table of faults, and closed when the test is over.
import {startRegistry, type RegistryOptions, type RunningRegistry} from '../../src/lib/registry/server.ts';
import {expectNothingSent, plant} from './canary.ts';
import {FaultTable} from './registry-faults.ts';

export * from './registry-faults.ts';
export * from './registry-images.ts';
export * from './registry-invariants.ts';
export * from './registry-lenient.ts';
export * from './registry-synthetic.ts';

export interface TestRegistry extends RunningRegistry {
  readonly faults: FaultTable;
  /** Where the token service has a port of its own; else `faults` hit it too. */
  readonly tokenFaults: FaultTable;
}

// a client that takes it apart and puts it together again makes `a+b%7Ec%2F&flag=&…` of it
const delicateQuery = '_extra=a%20b~c%2F&flag&sig=x%2Bz%3D';

/**
 * A registry with faults; whoever starts it closes it. Its upload Locations have a query that not every client can keep
 * (skopeo cannot): `uploadQuery: ''` leaves that out.
 */
export async function startTestRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const [faults, tokenFaults] = [new FaultTable(), new FaultTable()];
  const registry = await startRegistry({
    uploadQuery: delicateQuery,
    ...options,
    intercept: faults.intercept,
    interceptTokens: tokenFaults.intercept,
  });
  const hosts = hostsOf(registry);
  for (const {password, refreshToken} of options.auth && 'users' in options.auth ? options.auth.users : []) {
    plant(password, ...hosts);
    plant(refreshToken, ...hosts);
  }
  const close = async () => {
    await registry.close();
    expectNothingSent(registry.host, registry.log);
  };
  return {...registry, close, faults, tokenFaults};
}

/** Where a login to a registry may be sent: to itself and to its token service. */
export function hostsOf({host, tokens}: Pick<RunningRegistry, 'host' | 'tokens'>): string[] {
  return [host, ...(tokens === undefined ? [] : [new URL(tokens.url).host])];
}

/** In a `describe`: starts registries and other servers that are closed after each test. */
export function registriesOfTest(): {
  start(options?: RegistryOptions): Promise<TestRegistry>;
  /** Has something else closed, too. */
  closing<T extends {close(): Promise<void>}>(server: T): T;
} {
  let open: {close(): Promise<void>}[] = [];
  afterEach(async () => {
    await Promise.all(open.map((server) => server.close()));
    open = [];
  });
  const closing = <T extends {close(): Promise<void>}>(server: T): T => {
    open.push(server);
    return server;
  };
  return {start: async (options) => closing(await startTestRegistry(options)), closing};
}
