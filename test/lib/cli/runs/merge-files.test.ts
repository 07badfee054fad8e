import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect} from 'chai';
import {mergeFiles} from '../../../../src/lib/cli/runs/merge-files.ts';
import {CorectlError} from '../../../../src/lib/errors.ts';
import {remove, temporaryFolder} from '../../../support/git.ts';
import {destinationReport, report} from '../../../support/reports.ts';

describe('files that are to be merged', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    remove(folder);
  });

  const refusal = async (...files: string[]) => {
    const error: unknown = await mergeFiles(files).catch((caught: unknown) => caught);
    return error instanceof CorectlError ? `${error.exitCode} ${error.code}` : `merged ${files.join()}`;
  };

  it('are no reports where they are anything else, or of no shard', async () => {
    const whole = JSON.stringify(report([destinationReport()]));
    for (const text of ['', '{', '[]', '{"ok": true}', 'null', whole, whole.slice(0, 500)]) {
      const file = path.join(folder, 'some.json');
      writeFileSync(file, text);
      expect(await refusal(file), text.slice(0, 40)).to.equal('2 invalid-report');
    }
    expect(await refusal(path.join(folder, 'absent.json'))).to.equal('2 invalid-report');
  });

  it('are named', async () => {
    expect(await refusal()).to.equal('2 usage');
  });
});
