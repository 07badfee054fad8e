/** The ref that keeps runs for one tenant and stage apart. Names may have characters that refs may not (git-check-ref-format(1)). */
export const lockRef = (tenant: string, stage: string): string =>
  `refs/corectl/locks/${escaped(tenant)}/${escaped(stage)}`;

const escaped = (name: string): string =>
  name.replace(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );
