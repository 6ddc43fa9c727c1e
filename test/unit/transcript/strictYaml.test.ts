import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drain } from '../../../server/core/transcript/parseTranscript.js';
import { masked } from '../../../server/core/transcript/yaml/mask.js';
import { readTolerantly, readYamlNow } from '../../../server/core/transcript/yaml/read.js';
import { StrictReader } from '../../../server/core/transcript/yaml/strictReader.js';
import { applyPlan, editPlan, runs } from '../../support/transcript/arbitraries.js';
import { FIXTURES } from '../../support/transcript/fixtures.js';
import { writtenYaml, yamlBlocks, yamlLines, yamlScraps } from '../../support/transcript/yaml.js';

const isReadStrictly = (text: string): boolean =>
  new StrictReader({ text: masked(text).text, source: text, base: 0 }).run(text.length) === 'done';

/** Compares trees and problems; whether the text was one for the strict reader. */
function compare(text: string): boolean {
  assert.deepEqual(readYamlNow(text), drain(readTolerantly(text)), JSON.stringify(text));
  return isReadStrictly(text);
}

/** Compares many texts, at least `least` of which the strict reader must have read itself. */
function compareMany(texts: fc.Arbitrary<string>, numRuns: number, seed: number, least: number): void {
  let compared = 0;
  const property = fc.property(texts, (text) => {
    if (compare(text)) compared++;
  });
  fc.assert(property, runs(numRuns, seed));
  assert.ok(compared >= least, `only ${compared} were read strictly`);
}

describe('YAML that people write is read in a shorter way', () => {
  it('to the same tree: all fixtures, and what has been typed of each', () => {
    const yaml = FIXTURES.filter(({ name }) => /\.ya?ml$/.test(name));
    assert.ok(yaml.filter(({ text }) => compare(text)).length > yaml.length / 2);
    for (const { text } of yaml) for (let end = 0; end < text.length; end++) compare(text.slice(0, end));
  });

  it('to the same tree: what programs write', () => {
    compareMany(writtenYaml, 300, 11, 40);
  });

  it('to the same tree: collections with every kind of text, comments and blank lines', () => {
    compareMany(yamlBlocks, 1000, 12, 100);
  });

  it('to the same tree: lines in any indentation, and scraps', () => {
    compareMany(fc.oneof(yamlLines, yamlScraps), 1000, 13, 20);
  });

  it('to the same tree: what was edited anywhere', () => {
    const edited = fc
      .tuple(fc.oneof(writtenYaml, yamlBlocks, yamlLines), editPlan)
      .map(([text, plan]) => applyPlan(text, plan).after);
    compareMany(edited, 600, 14, 30);
  });

  it('with places in the whole where it is a stretch of a text', () => {
    const text = 'before\n---\na:\n- b: [c, "d"]\n---\nafter';
    const [from, to] = [text.indexOf('a:'), text.lastIndexOf('---')];
    const tolerant = drain(readTolerantly(text.slice(from, to), undefined, from));
    assert.deepEqual(readYamlNow(text, from, to), tolerant);
    assert.equal(text[tolerant.roots[0]!.start], 'a');
  });

  it('up to the depth that is read so, and beyond it', () => {
    for (const depth of [28, 29, 30, 31, 59, 60, 61, 99, 100, 101]) {
      compare(Array.from({ length: depth }, (_, at) => `${' '.repeat(at)}a:`).join('\n'));
      compare(`a: ${'['.repeat(depth)}b${']'.repeat(depth)}`);
      compare(`${'- '.repeat(depth)}b`);
    }
  });
});
