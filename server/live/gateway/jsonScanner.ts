/** Finds the members of a JSON object in bytes as they arrive, without keeping them: bodies may have any size. */

/** A member whose value is complete. */
export interface Member {
  readonly key: string;
  /** Offset in the pushed bytes just after the value, for objects and arrays. */
  readonly end: number;
  /** Size of the value in bytes, blanks and quotes included. */
  readonly bytes: number;
  /** The value, of members that are kept and not too long. */
  readonly value: unknown;
}

/** Longest key and longest kept value in bytes. */
const maxKey = 256;
const maxKept = 256 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;

/** One object, in any number of pieces. Broken JSON yields fewer members and never an error. */
export class JsonScanner {
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** At depth 1: what comes next. */
  private expects: 'key' | 'colon' | 'value' | 'comma' = 'key';
  private isKey = false;
  private key: number[] = [];
  private name = '';
  private kept: number[] | null = null;
  private bytes = 0;
  private isOver = false;
  private members: Member[] = [];
  private closing: number | null = null;

  /** @param keep names of the members whose values are wanted */
  constructor(private readonly keep: ReadonlySet<string>) {}

  /** Offset in the latest pushed bytes of the brace that closed the object; null where it was not in them. */
  get closedAt(): number | null {
    return this.closing;
  }

  /** The members whose values end in these bytes. */
  push(bytes: Uint8Array): readonly Member[] {
    this.members = [];
    this.closing = null;
    for (let at = 0; at < bytes.length && !this.isOver; at++) {
      const byte = bytes[at]!;
      if (this.inString) {
        at = this.string(bytes, at);
      } else {
        this.structure(byte, at);
      }
    }
    return this.members;
  }

  /** Reads on in a string; returns the offset of the last byte read. */
  private string(bytes: Uint8Array, from: number): number {
    let at = from;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (this.isKey) {
        if (byte !== quote || this.escaped) this.key.push(byte);
        if (this.key.length > maxKey) this.key.length = maxKey;
      } else {
        this.take(byte);
      }
      if (this.escaped) {
        this.escaped = false;
      } else if (byte === backslash) {
        this.escaped = true;
      } else if (byte === quote) {
        this.inString = false;
        if (this.isKey) {
          this.isKey = false;
          this.name = textOf(this.key);
          this.expects = 'colon';
        }
        return at;
      }
    }
    return at;
  }

  private structure(byte: number, at: number): void {
    if (this.depth === 1 && this.expects !== 'value') {
      this.between(byte, at);
      return;
    }
    if (this.depth === 0) {
      if (byte === openBrace) this.depth = 1;
      // Not an object: nothing to find. Blanks and a byte-order mark may come first.
      else if (byte > 0x20 && byte < 0x80) this.isOver = true;
      return;
    }
    const isEnd = this.depth === 1 && (byte === comma || byte === closeBrace);
    if (isEnd) {
      // A number, a literal or a string ends here; objects and arrays have ended at their own brackets.
      this.finish(at);
      this.expects = 'key';
      if (byte === closeBrace) this.close(at);
      return;
    }
    this.take(byte);
    if (byte === quote) {
      this.inString = true;
    } else if (byte === openBrace || byte === openBracket) {
      this.depth++;
    } else if (byte === closeBrace || byte === closeBracket) {
      this.depth--;
      if (this.depth === 1) {
        this.finish(at + 1);
        this.expects = 'comma';
      }
    }
  }

  /** Between members: a key, a colon, or the end. */
  private between(byte: number, at: number): void {
    if (byte === quote && this.expects === 'key') {
      this.inString = true;
      this.isKey = true;
      this.key = [];
    } else if (byte === colon && this.expects === 'colon') {
      this.expects = 'value';
      this.bytes = 0;
      this.kept = this.keep.has(this.name) ? [] : null;
    } else if (byte === comma) {
      this.expects = 'key';
    } else if (byte === closeBrace) {
      this.close(at);
    }
  }

  private close(at: number): void {
    this.isOver = true;
    this.closing = at;
  }

  private take(byte: number): void {
    this.bytes++;
    if (this.kept !== null) {
      if (this.kept.length < maxKept) this.kept.push(byte);
      else this.kept = null;
    }
  }

  private finish(end: number): void {
    const value = this.kept === null ? undefined : parsed(textOf(this.kept));
    this.members.push({ key: this.name, end, bytes: this.bytes, value });
    this.kept = null;
    this.bytes = 0;
  }
}

/** Whether a value is an object with members. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
