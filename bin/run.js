#!/usr/bin/env node
import {readFileSync} from 'node:fs';
import module from 'node:module';

module.enableCompileCache?.();

const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-v') && rest.length === 0) {
  // answered before anything is imported: scripts ask for it often
  const {version} = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`corectl/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  const {run} = await import('../dist/cli.js');
  await run(import.meta.url);
}
