import {expect} from 'chai';
import {addImages, type AddedImage} from '../../../src/lib/promoter-manifests/add.ts';
import type {CorectlError} from '../../../src/lib/errors.ts';
import {parseDigest} from '../../../src/lib/oci/digest.ts';

const digest = (letter: string) => parseDigest(`sha256:${letter.repeat(64)}`);
const image = (name: string, letter: string, ...tags: string[]): AddedImage => ({
  name,
  digest: digest(letter),
  tags,
});

describe('adding to a list of images', () => {
  const add = (text: string, ...images: AddedImage[]) =>
    addImages(text, {file: 'images.yaml', kind: 'file', images});
  /** The lines that were added, with what stands before each of them. */
  const added = (text: string, ...images: AddedImage[]) => {
    const after = add(text, ...images).text.split('\n');
    const before = text.split('\n');
    let at = 0;
    const lines = after.filter((line) => {
      if (line !== before[at]) return true;
      at += 1;
      return false;
    });
    expect(at, 'everything else stays as it was').to.equal(before.length);
    return lines;
  };

  const list = `# who to ask: #fruit
- name: apple   # the first
  dmap:
    # built by hand
    "${digest('a')}": ["1.0", 'odd'] # do not touch

    "${digest('b')}": [ "1.1" ]

# from here on by pears
- name: pear
  dmap:
    ${digest('c')}:
      - "1"   # one
      - '2'
# the end
`;

  it('puts a new digest behind those of its image', () => {
    expect(added(list, image('apple', 'd', '1.2', 'latest'))).to.deep.equal([
      `    "${digest('d')}": ["1.2", "latest"]`,
    ]);
    expect(added(list, image('pear', 'd'))).to.deep.equal([`    ${digest('d')}: []`]);
    const text = add(list, image('apple', 'd')).text;
    expect(text).to.contain(`[ "1.1" ]\n    "${digest('d')}": []\n\n# from here`);
  });

  it('puts a new tag behind those of its digest, in the notation of the list', () => {
    expect(add(list, image('apple', 'a', 'odd', 'x', 'y')).text).to.equal(
      list.replace(`'odd']`, `'odd', "x", "y"]`),
    );
    expect(add(list, image('apple', 'b', 'x')).text).to.equal(list.replace(`[ "1.1" ]`, `[ "1.1", "x"]`));
    expect(add(list, image('pear', 'c', '3')).text).to.equal(list.replace(`- '2'\n`, `- '2'\n      - "3"\n`));
  });

  it('puts a new image where its name belongs, and else at the end', () => {
    const entry = (name: string) => [`- name: ${name}`, '  dmap:', `    "${digest('d')}": ["1"]`];
    const banana = add(list, image('banana', 'd', '1')).text;
    expect(banana).to.contain(
      `[ "1.1" ]\n${entry('banana').join('\n')}\n\n# from here on by pears\n- name: pear`,
    );
    expect(add(list, image('aaa', 'd', '1')).text).to.contain(
      `#fruit\n${entry('aaa').join('\n')}\n- name: apple`,
    );
    expect(add(list, image('plum', 'd', '1')).text).to.contain(
      `- '2'\n${entry('plum').join('\n')}\n# the end\n`,
    );
    const unsorted = `- name: b\n  dmap: {"${digest('b')}": []}\n- name: a\n  dmap: {"${digest('a')}": []}`;
    expect(add(unsorted, image('aa', 'd', '1')).text).to.equal(`${unsorted}\n${entry('aa').join('\n')}\n`);
    for (const empty of ['', '# nothing yet\n', '# nothing yet'])
      expect(add(empty, image('aa', 'd', '1')).text).to.equal(
        `${empty}${empty.endsWith('yet') ? '\n' : ''}${entry('aa').join('\n')}\n`,
      );
  });

  it('writes into lists in braces', () => {
    expect(add('[]\n', image('a', 'd', '1')).text).to.equal(`[{name: a, dmap: {"${digest('d')}": ["1"]}}]\n`);
    const flow = `- {name: a, dmap: {"${digest('a')}": []}}\n`;
    expect(add(flow, image('a', 'a', '1')).text).to.equal(flow.replace('[]', '["1"]'));
    expect(add(flow, image('a', 'd', '1')).text).to.equal(
      flow.replace('[]}', `[], "${digest('d')}": ["1"]}`),
    );
  });

  it('writes into the images of a plain manifest', () => {
    const plain = `images:\n- name: a\n  dmap:\n    "${digest('a')}": ["1"]\nregistries:\n- {name: s.example.com, src: true}\n- {name: p.example.com}\n`;
    const edited = addImages(plain, {
      file: 'plain.yaml',
      kind: 'images',
      images: [image('a', 'b', '2'), image('b', 'b', '1')],
    });
    expect(edited.text).to.equal(
      plain.replace(
        'registries',
        `    "${digest('b')}": ["2"]\n- name: b\n  dmap:\n    "${digest('b')}": ["1"]\nregistries`,
      ),
    );
  });

  it('ends its lines as the file does', () => {
    const windows = (text: string) => text.replaceAll('\n', '\r\n');
    for (const images of [
      [image('apple', 'd', '1.2', 'latest'), image('pear', 'c', '3')],
      [image('apple', 'a', 'x'), image('banana', 'd', '1'), image('zebra', 'd')],
    ]) {
      expect(add(windows(list), ...images).text).to.equal(windows(add(list, ...images).text));
      const unended = windows(list).replace(/\r\n# the end\r\n$/, '');
      expect(add(unended, ...images).text).to.not.match(/[^\r]\n/);
    }
    // a line that ends otherwise stays so
    const mixed = windows(list).replace('# the end\r\n', '# the end\n');
    expect(add(mixed, image('apple', 'd')).text.match(/[^\r]\n/g)).to.have.lengthOf(1);
  });

  it('adds nothing that is there', () => {
    expect(add(list, image('apple', 'a', '1.0'), image('pear', 'c'))).to.deep.equal({
      text: list,
      changed: false,
    });
  });

  const refused = (text: string, one: AddedImage): CorectlError => {
    try {
      add(text, one);
    } catch (error) {
      return error as CorectlError;
    }
    throw new Error('it was added');
  };

  it('refuses a tag that has another digest', () => {
    const {code, message, exitCode} = refused(list, image('apple', 'd', '1.0'));
    expect({code, exitCode}).to.deep.equal({code: 'tag-taken', exitCode: 2});
    expect(message).to.contain('images.yaml:5:81: tag 1.0 of apple').and.contain(digest('a'));
  });

  it('refuses what it cannot add to in place', () => {
    const aliased = `- name: a\n  dmap: &d {"${digest('a')}": []}\n- name: b\n  dmap: *d\n`;
    expect(refused(aliased, image('b', 'd', '1')).code).to.equal('unsupported-notation');
    expect(refused('- name: a\n', image('b', 'd', '1')).code).to.equal('invalid-manifests');
  });
});
