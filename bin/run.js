#!/usr/bin/env node
const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-v') && rest.length === 0) {
  // scripts ask for it often: answered before anything is imported, not even Node's own modules, whose import loads streams
  const {readFileSync, writeSync} = process.getBuiltinModule('node:fs');
  const {version, commit} = JSON.parse(
    readFileSync(new URL('../dist/release.json', import.meta.url), 'utf8'),
  );
  const from = commit === null ? '' : `commit-${commit.slice(0, 12)} `;
  writeSync(1, `corectl/${version} ${from}${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  process.getBuiltinModule('node:module').enableCompileCache?.();
  const {run} = await import('../dist/cli.js');
  await run(import.meta.url);
}
