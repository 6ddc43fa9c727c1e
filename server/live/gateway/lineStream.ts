/** JSON lines on their way through unchanged (Ollama), read as they pass. */

/** A longer line passes unread. */
const maxLine = 1024 * 1024;

/** One stream. */
export class LineStream {
  private parts: Buffer[] = [];
  private size = 0;

  constructor(private readonly onLine: (json: unknown) => void) {}

  push(bytes: Buffer): void {
    let from = 0;
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, from)) {
      this.take(bytes.subarray(from, at));
      this.end();
      from = at + 1;
    }
    this.take(bytes.subarray(from));
  }

  /** The last line may come without its end. */
  end(): void {
    const text = Buffer.concat(this.parts).toString('utf8').trim();
    const isRead = text !== '' && this.size <= maxLine;
    this.parts = [];
    this.size = 0;
    if (!isRead) return;
    try {
      this.onLine(JSON.parse(text));
    } catch {
      // Not JSON: none of ours to read.
    }
  }

  private take(bytes: Buffer): void {
    this.size += bytes.length;
    if (this.size <= maxLine) this.parts.push(bytes);
    else this.parts = [];
  }
}
