/** An extractor in the user's own words, so that an endpoint nobody knows yet works without a new version. */
import { isEnergyUnit, joulesPerUnit, unitFrom } from '../units.js';
import type { Provenance } from '../energyReading.js';
import type { ExtractorRule } from './table.js';

/** How it is written, for help and messages. */
export const extractorForm =
  'body:PATH | header:NAME[#PATH] | comment:TAG#PATH, then ,UNIT[,measured|estimated|simulated]';

const provenances: ReadonlySet<string> = new Set<Provenance>(['measured', 'estimated', 'simulated', 'unknown']);

const places = { body: 'chunk', header: 'header', comment: 'comment' } as const;

/**
 * Reads `body:meta.energy.used,mWh,measured`, `header:x-cost-energy,J` or `comment:power#total_j,J`. On anything else
 * one sentence that says what is wrong.
 */
export function parseExtractor(text: string): { readonly rule: ExtractorRule } | { readonly problem: string } {
  const problem = (what: string): { readonly problem: string } => ({
    problem: `Extractor "${text}": ${what}; write it as ${extractorForm}.`,
  });
  const match = /^(body|header|comment):([^,]+),([^,]+)(?:,([^,]+))?$/.exec(text.trim());
  const [, place, where = '', unitText = '', source] = match ?? [];
  if (place !== 'body' && place !== 'header' && place !== 'comment') {
    return problem('it names no place and unit');
  }
  const unit = unitFrom(unitText);
  if (unit === null || !isEnergyUnit(unit)) {
    return problem(`"${unitText.trim()}" is no unit of energy (${Object.keys(joulesPerUnit).join(', ')})`);
  }
  const provenance = source?.trim() ?? 'unknown';
  if (!isProvenance(provenance)) {
    return problem(`"${provenance}" is no provenance`);
  }
  const [name = '', path = ''] = place === 'body' ? ['', where.trim()] : splitAt(where.trim());
  if (place === 'body' ? path === '' : !/^[^\s:]+$/.test(name)) {
    return problem(`"${where.trim()}" names nothing`);
  }
  if (place === 'comment' && path === '') {
    return problem('a comment holds JSON, so a path is needed after #');
  }
  return {
    rule: {
      id: 'configured',
      sender: 'as you configured it',
      isConfigured: true,
      place: places[place],
      ...(place === 'body' ? {} : { name: place === 'header' ? name.toLowerCase() : name }),
      ...(place === 'header' ? { content: path === '' ? 'number' : 'json' } : {}),
      fields: [{ path, unit, allowText: true }],
      provenance,
      scope: 'unknown',
    },
  };
}

function splitAt(text: string): [name: string, path: string] {
  const hash = text.indexOf('#');
  return hash < 0 ? [text, ''] : [text.slice(0, hash), text.slice(hash + 1)];
}

function isProvenance(text: string): text is Provenance {
  return provenances.has(text);
}
