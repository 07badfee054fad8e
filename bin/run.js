#!/usr/bin/env node
const {existsSync} = require('node:fs');
const path = require('node:path');

const start = path.join(__dirname, '../dist/start.cjs');
if (existsSync(start)) {
  require(start);
} else {
  process.stderr.write(`error[not-built]: ${start} is missing\n  → npm ci && npm run build\n`);
  process.exitCode = 1;
}
