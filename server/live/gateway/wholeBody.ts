/** A JSON body on its way through: every byte goes on as it came, and `usage` gets the energy just before it closes. */
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

  constructor(private readonly hooks: BodyHooks) {}

  /** Bytes in, bytes out. */
  push(bytes: Buffer): Buffer {
    const out: Buffer[] = [];
    let sent = 0;
    for (const { key, value, end } of this.scanner.push(bytes)) {
      if (!replyMembers.has(key)) continue;
      this.members[key] = value;
      this.hooks.onMembers(this.members);
      const energy = key === 'usage' && isObject(value) && !('energy' in value) ? this.hooks.energy() : null;
      if (energy === null) continue;
      const place = end - 1;
      out.push(
        bytes.subarray(sent, place),
        Buffer.from(`${Object.keys(value as object).length === 0 ? '' : ','}"energy":${energy}`),
      );
      sent = place;
    }
    out.push(bytes.subarray(sent));
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  }
}
