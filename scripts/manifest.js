import {Plugin} from '@oclif/core/config';

/** The text of oclif.manifest.json for the package that is built in `folder`: its commands with their flags, in a fixed order. */
export async function manifestOf(folder) {
  const plugin = new Plugin({
    root: folder,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  const {commands, ...rest} = plugin.manifest;
  const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({...rest, commands: sorted}, null, 2)}\n`;
}
