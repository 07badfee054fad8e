#!/usr/bin/env -S node --import tsx
// Runs the sources without a build: `bin/dev.js p2p stages`.
process.env.NODE_ENV = 'development';
const {run} = await import('../src/cli.ts');
await run(import.meta.url, {development: true});
