import {expect} from 'chai';
import {marked} from '../../../src/lib/status/marks.ts';
import type {StatusCell} from '../../../src/lib/status/report.ts';

/** `stage tag digest`; - for nothing there. */
const cell = (text: string): StatusCell => {
  const [stage = '', tag = '', digest = ''] = text.split(' ');
  const there = tag !== '-';
  return {
    ...{stage, environment: text, repository: '', created: null, bytes: null, error: null},
    ...{group: null, mark: null, record: null},
    state: there ? 'present' : 'missing',
    tag: there ? tag : null,
    digest: there ? digest : null,
  };
};
const marksOf = (...cells: string[]) =>
  marked(cells.map(cell)).map(({group, mark}) => `${group ?? '-'} ${mark ?? ''}`);

describe('what is marked of where an image is', () => {
  it('is nothing where versions follow each other along the path', () => {
    expect(marksOf('ff 3 c', 'et 2 b', 'prod 1 a', 'prod 1 a')).to.deep.equal(['1 ', '2 ', '3 ', '3 ']);
    expect(marksOf('ff 1 a', 'et - ', 'prod - ')).to.deep.equal(['1 ', '- ', '- ']);
  });

  it('is a gap where a later stage, or another environment of the stage, has it', () => {
    expect(marksOf('ff - ', 'et 1 a', 'prod - ', 'prod 1 a')).to.deep.equal(['- gap', '1 ', '- gap', '1 ']);
  });

  it('is drift where the same tag is another digest than before, or an environment is behind its stage', () => {
    expect(marksOf('ff 1 a', 'et 1 b', 'prod 1 a')).to.deep.equal(['1 ', '2 drift', '1 ']);
    expect(marksOf('prod 2 b', 'prod 1 a', 'prod 2 b')).to.deep.equal(['1 ', '2 drift', '1 ']);
  });

  it('is nothing of an image that is nowhere', () => {
    expect(marksOf('ff - ', 'prod - ')).to.deep.equal(['- ', '- ']);
  });
});
