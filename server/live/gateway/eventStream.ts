/**
 * An event stream on its way through: every byte goes on as it came, and energy is put in at two places. A line that
 * may need an insertion waits for its end; no event is ready before that.
 */
import { valueAt, type EnergyPath } from './energyPlaces.js';
import { withEnergy } from './insertion.js';
import { isObject } from './jsonScanner.js';

/** What the owner of a stream says to its events. */
export interface StreamHooks {
  /** The data of an event. Where in it the energy goes; null for nowhere. */
  onData(json: unknown): EnergyPath | null;
  /** The energy as a JSON object without line breaks; null where none is to be added. */
  energy(): string | null;
  /** The same for the comment. */
  comment(): string | null;
}

/** A longer line passes unread. */
const maxLine = 1024 * 1024;

const lf = 0x0a;
const cr = 0x0d;
const dataField = Buffer.from('data:');
/** A server that reports energy itself. */
const energyLine = Buffer.from(': energy ');
const nothing = Buffer.alloc(0);

/** One stream. */
export class EventStream {
  /** Start of a line whose end has not come. */
  private held: Buffer = nothing;
  /** In a line that passes unread. */
  private isPassing = false;
  /** The last byte was a CR: an LF after it belongs to it. */
  private afterCr = false;
  /** Nothing but complete events so far. */
  private isBetweenEvents = true;
  private hasData = false;
  private isDone = false;
  /** The server has said what the request cost: a second figure beside it would be taken for a part of the sum. */
  private hasOwnEnergy = false;

  constructor(private readonly hooks: StreamHooks) {}

  /** Bytes in, bytes out. */
  push(chunk: Buffer): Buffer {
    const bytes = this.held.length > 0 ? Buffer.concat([this.held, chunk]) : chunk;
    const out: Buffer[] = [];
    let sent = 0;
    let line = 0;
    let at = this.held.length;
    this.held = nothing;
    if (this.afterCr && bytes[0] === lf) {
      line = 1;
      at = 1;
    }
    this.afterCr = this.afterCr && bytes.length === 0;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte !== lf && byte !== cr) continue;
      if (this.isPassing) {
        this.isPassing = false;
        this.isBetweenEvents = false;
      } else {
        sent = this.line(bytes, line, at, sent, out);
      }
      if (byte === cr && at + 1 === bytes.length) this.afterCr = true;
      if (byte === cr && bytes[at + 1] === lf) at++;
      line = at + 1;
    }
    if (!this.isPassing && line < bytes.length) {
      const rest = bytes.subarray(line);
      if (mayMatter(rest) && rest.length <= maxLine) this.held = rest;
      else this.isPassing = true;
    }
    const end = bytes.length - this.held.length;
    // Most events pass whole: no copy, no new buffer.
    if (out.length === 0) return end === bytes.length ? bytes : bytes.subarray(0, end);
    out.push(bytes.subarray(sent, end));
    return Buffer.concat(out);
  }

  /** The stream has ended as it should: what was held, and the comment where no `[DONE]` was there to come before. */
  end(): Buffer {
    const out: Buffer[] = [];
    const rest = this.held;
    this.held = nothing;
    const sent = rest.length > 0 ? this.line(rest, 0, rest.length, 0, out) : 0;
    out.push(rest.subarray(sent));
    if (!this.isDone && this.hasData && this.isBetweenEvents) out.push(this.commentText());
    return Buffer.concat(out);
  }

  /** Handles a complete line; returns how far the bytes have been sent. */
  private line(bytes: Buffer, from: number, to: number, sent: number, out: Buffer[]): number {
    if (from === to) {
      this.isBetweenEvents = true;
      return sent;
    }
    const wasBetween = this.isBetweenEvents;
    this.isBetweenEvents = false;
    if (startsWith(bytes, from, energyLine)) this.hasOwnEnergy = true;
    if (!startsWith(bytes, from, dataField)) return sent;
    const start = from + dataField.length;
    const text = bytes.toString('utf8', start, to);
    if (to - start < 20 && text.trim() === '[DONE]') {
      if (this.isDone) return sent;
      this.isDone = true;
      out.push(bytes.subarray(sent, from), this.commentText(wasBetween));
      return from;
    }
    this.hasData = true;
    const json = tryJson(text);
    const path = json === undefined ? null : this.hooks.onData(json);
    if (path === null) return sent;
    const target = valueAt(json, path);
    this.hasOwnEnergy ||= isObject(target) && 'energy' in target;
    if (this.hasOwnEnergy) return sent;
    const parts = withEnergy(bytes.subarray(start, to), json, path, () => this.hooks.energy());
    if (parts === null) return sent;
    const [before, added] = parts as [Buffer, Buffer, Buffer];
    out.push(bytes.subarray(sent, start), before, added);
    return start + before.length;
  }

  /** Within an event a blank line would end it. */
  private commentText(isBetweenEvents = true): Buffer {
    const comment = this.hasOwnEnergy ? null : this.hooks.comment();
    return comment === null ? nothing : Buffer.from(`: energy ${comment}${isBetweenEvents ? '\n\n' : '\n'}`);
  }
}

/** Whether a line that begins so may be one to look at. */
function mayMatter(start: Buffer): boolean {
  return [dataField, energyLine].some((wanted) => {
    const length = Math.min(start.length, wanted.length);
    return start.subarray(0, length).equals(wanted.subarray(0, length));
  });
}

function startsWith(bytes: Buffer, from: number, wanted: Buffer): boolean {
  for (let at = 0; at < wanted.length; at++) {
    if (bytes[from + at] !== wanted[at]) return false;
  }
  return true;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
