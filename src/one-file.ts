// The entry of the corectl that is one file: the program that contains it has no package around it to read from.
import {packageDocument} from 'corectl:package';

const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-v' || first === 'version') && rest.length === 0) {
  const {version, commit, runtime} = CORECTL_RELEASE;
  const from = commit === null ? '' : `commit-${commit.slice(0, 12)} `;
  process.stdout.write(`corectl/${version} ${from}${process.platform}-${process.arch} ${runtime}\n`);
} else {
  void import('./cli.ts').then(({run}) => run({root: '/', pjson: packageDocument()}));
}
