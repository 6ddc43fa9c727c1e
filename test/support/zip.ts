/** Reads a ZIP archive (a .vsix is one), as far as the tests of the package need it. */
import * as zlib from 'node:zlib';

const centralHeader = 0x02014b50;
const endOfCentralDirectory = 0x06054b50;

/** Names and contents of an archive's files. Stored and deflated entries, no ZIP64. */
export function readZip(archive: Buffer): Map<string, Buffer> {
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== endOfCentralDirectory) end -= 1;
  if (end < 0) throw new Error('not a ZIP archive');
  const files = new Map<string, Buffer>();
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i += 1) {
    if (archive.readUInt32LE(at) !== centralHeader) throw new Error(`no entry ${i} at ${at}`);
    const method = archive.readUInt16LE(at + 10);
    const packedSize = archive.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const local = archive.readUInt32LE(at + 42);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength!);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const packed = archive.subarray(start, start + packedSize);
    if (!name.endsWith('/')) files.set(name, method === 0 ? packed : zlib.inflateRawSync(packed));
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return files;
}
