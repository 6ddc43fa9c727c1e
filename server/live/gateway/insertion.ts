/** Puts a member into a JSON object without touching any other byte. */
import { valueAt, type EnergyPath } from './energyPlaces.js';
import { isObject, JsonScanner } from './jsonScanner.js';

const noMembers: ReadonlySet<string> = new Set();
const closeBrace = 0x7d;

/** Offset of the brace that closes the object at a path of a JSON text; null where there is no such object. */
export function closingBrace(bytes: Uint8Array, path: EnergyPath): number | null {
  const scanner = new JsonScanner(noMembers);
  const members = scanner.push(bytes);
  const [name, ...rest] = path;
  if (name === undefined) return scanner.closedAt;
  const member = members.filter(({ key }) => key === name).at(-1);
  if (member === undefined || bytes[member.end - 1] !== closeBrace) return null;
  const from = member.end - member.bytes;
  const inner = closingBrace(bytes.subarray(from, member.end), rest);
  return inner === null ? null : from + inner;
}

/** A JSON text with the energy in the object at a path; null where the path leads to no object, or to one that has its own. */
export function withEnergy(
  bytes: Buffer,
  json: unknown,
  path: EnergyPath,
  energy: () => string | null,
): Buffer[] | null {
  const target = valueAt(json, path);
  const place = isObject(target) && !('energy' in target) ? closingBrace(bytes, path) : null;
  const text = place === null ? null : energy();
  if (place === null || text === null) return null;
  return [
    bytes.subarray(0, place),
    Buffer.from(memberText(text, Object.keys(target as object).length === 0)),
    bytes.subarray(place),
  ];
}

/** The member as it goes just before the brace that closes its object. */
export const memberText = (energy: string, isFirst: boolean): string => `${isFirst ? '' : ','}"energy":${energy}`;
