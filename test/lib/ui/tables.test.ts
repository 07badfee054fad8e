import {expect} from 'chai';
import {renderTable} from '../../../src/lib/ui/tables.ts';

describe('a table', () => {
  const headings = ['NAME', 'PLACE'];
  const rows = [
    ['a', 'somewhere'],
    ['longer', ''],
  ];

  it('aligns its columns and leaves no space at the end of a line', () => {
    expect(renderTable(headings, rows)).to.equal('NAME    PLACE\na       somewhere\nlonger\n');
  });

  it('becomes paragraphs in a terminal that is too narrow, and cuts nothing', () => {
    expect(renderTable(headings, rows, {width: 10})).to.equal('name: a\nplace: somewhere\n\nname: longer\n');
  });

  it('stays a table in a terminal of no width', () => {
    expect(renderTable(headings, rows, {width: 0})).to.match(/^NAME {4}PLACE\n/);
  });

  it('makes control characters harmless', () => {
    expect(renderTable(['X'], [['a\u001b[31m\nb']])).to.equal('X\na [31m b\n');
  });
});
