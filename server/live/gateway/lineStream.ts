/** JSON lines on their way through (Ollama): every byte goes on as it came, and the last line gains the energy. */
import type { EnergyPath } from './energyPlaces.js';
import { withEnergy } from './insertion.js';

/** What the owner of a stream says to its lines. */
export interface LineHooks {
  /** A line. Where in it the energy goes; null for nowhere. */
  onLine(json: unknown): EnergyPath | null;
  /** The energy as a JSON object without line breaks; null where none is to be added. */
  energy(): string | null;
}

/** A longer line passes unread. */
const maxLine = 1024 * 1024;
const lf = 0x0a;
const nothing = Buffer.alloc(0);

/** One stream. A line waits for its end, before which its reader could do nothing with it. */
export class LineStream {
  /** Start of a line whose end has not come. */
  private held: Buffer = nothing;
  /** In a line that passes unread. */
  private isPassing = false;

  constructor(private readonly hooks: LineHooks) {}

  /** Bytes in, bytes out. */
  push(chunk: Buffer): Buffer {
    const bytes = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    const out: Buffer[] = [];
    let from = 0;
    // What was held has no end of a line in it.
    for (let at = bytes.indexOf(lf, this.held.length); at >= 0; at = bytes.indexOf(lf, from)) {
      this.line(bytes.subarray(from, at + 1), out);
      from = at + 1;
    }
    const rest = bytes.subarray(from);
    if (this.isPassing || rest.length > maxLine) {
      this.isPassing ||= rest.length > 0;
      this.held = nothing;
      out.push(rest);
    } else {
      this.held = rest;
    }
    return out.length === 1 ? out[0]! : Buffer.concat(out);
  }

  /** The last line may come without its end. */
  end(): Buffer {
    const out: Buffer[] = [];
    const rest = this.held;
    this.held = nothing;
    if (rest.length > 0) this.line(rest, out);
    return Buffer.concat(out);
  }

  private line(line: Buffer, out: Buffer[]): void {
    const wasPassing = this.isPassing;
    this.isPassing = false;
    const json = wasPassing || line.length > maxLine ? undefined : tryJson(line.toString('utf8'));
    const path = json === undefined ? null : this.hooks.onLine(json);
    out.push(...((path && withEnergy(line, json, path, () => this.hooks.energy())) ?? [line]));
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
