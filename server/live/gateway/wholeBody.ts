/** A JSON body on its way through: every byte goes on as it came, and an object gets the energy just before it closes. */
import type { EnergyPath } from './energyPlaces.js';
import { memberText } from './insertion.js';
import { isObject, JsonScanner } from './jsonScanner.js';
import { replyMembers } from './replyFacts.js';

/** What the owner of a body says to it. */
export interface BodyHooks {
  /** The members read so far. */
  onMembers(json: Readonly<Record<string, unknown>>): void;
  /** The energy as a JSON object; null where none is to be added. */
  energy(): string | null;
}

/** One body. */
export class WholeBody {
  private readonly scanner = new JsonScanner(replyMembers);
  private readonly members: Record<string, unknown> = {};
  private isEmpty = true;
  private hasOwnEnergy = false;

  /** @param path of the object that gains the energy: a member of the body, or the body itself */
  constructor(
    private readonly hooks: BodyHooks,
    private readonly path: EnergyPath = ['usage'],
  ) {}

  /** Bytes in, bytes out. */
  push(bytes: Buffer): Buffer {
    const out: Buffer[] = [];
    let sent = 0;
    // The brace that opens the object may have passed before: what is in it is known otherwise.
    const insert = (place: number, isFirst: boolean): void => {
      const energy = this.hooks.energy();
      if (energy === null) return;
      out.push(bytes.subarray(sent, place), Buffer.from(memberText(energy, isFirst)));
      sent = place;
    };
    for (const { key, value, end } of this.scanner.push(bytes)) {
      this.isEmpty = false;
      this.hasOwnEnergy ||= key === 'energy';
      if (!replyMembers.has(key)) continue;
      this.members[key] = value;
      this.hooks.onMembers(this.members);
      if (key === this.path[0] && isObject(value) && !('energy' in value)) {
        insert(end - 1, Object.keys(value).length === 0);
      }
    }
    const { closedAt } = this.scanner;
    if (this.path.length === 0 && closedAt !== null && !this.hasOwnEnergy) insert(closedAt, this.isEmpty);
    out.push(bytes.subarray(sent));
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  }
}
