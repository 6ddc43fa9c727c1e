/** The size of an image in pixels from the head of its file: PNG, JPEG, GIF and WebP. */
import { bigEndian, hasText, littleEndian, type Bytes } from './bytes.js';

export interface ImageSize {
  readonly widthPixels: number;
  readonly heightPixels: number;
}

type Reader = (bytes: Bytes) => readonly [width: number, height: number] | null;

/** W3C PNG, 11.2.2: IHDR is the first chunk. */
const png: Reader = (bytes) =>
  hasText(bytes, 0, '\x89PNG\r\n\x1a\n') && hasText(bytes, 12, 'IHDR')
    ? [bigEndian(bytes, 16, 4), bigEndian(bytes, 20, 4)]
    : null;

/** GIF89a, section 18: the logical screen. */
const gif: Reader = (bytes) =>
  hasText(bytes, 0, 'GIF8') ? [littleEndian(bytes, 6, 2), littleEndian(bytes, 8, 2)] : null;

/** Start-of-frame markers: C0 to CF, less the tables C4, C8, CC. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** ITU T.81, annex B: segments are skipped until a frame header. Any rotation in EXIF is not looked at. */
const jpeg: Reader = (bytes) => {
  if (!hasText(bytes, 0, '\xff\xd8\xff')) return null;
  for (let at = 2; bytes.at(at) === 0xff;) {
    const marker = bytes.at(at + 1);
    if (isFrame(marker)) return [bigEndian(bytes, at + 7, 2), bigEndian(bytes, at + 5, 2)];
    const length = bigEndian(bytes, at + 2, 2);
    if (marker === 0xff) at++;
    else if (length >= 2) at += 2 + length;
    else return null;
  }
  return null;
};

/** RFC 9649, section 2: simple lossy (VP8), lossless (VP8L) and extended (VP8X) files. */
const webp: Reader = (bytes) => {
  if (!hasText(bytes, 0, 'RIFF') || !hasText(bytes, 8, 'WEBP')) return null;
  if (hasText(bytes, 12, 'VP8X')) return [littleEndian(bytes, 24, 3) + 1, littleEndian(bytes, 27, 3) + 1];
  if (hasText(bytes, 12, 'VP8 ') && hasText(bytes, 23, '\x9d\x01\x2a')) {
    return [littleEndian(bytes, 26, 2) % 0x4000, littleEndian(bytes, 28, 2) % 0x4000];
  }
  if (!hasText(bytes, 12, 'VP8L') || bytes.at(20) !== 0x2f) return null;
  const bits = littleEndian(bytes, 21, 4);
  return [(bits % 0x4000) + 1, (Math.floor(bits / 0x4000) % 0x4000) + 1];
};

/** Size of an image file; null where it is of another kind or cut before its size. */
export function imageSizeOf(bytes: Bytes): ImageSize | null {
  for (const read of [png, jpeg, gif, webp]) {
    const size = read(bytes);
    if (!size) continue;
    const [widthPixels, heightPixels] = size;
    return widthPixels > 0 && heightPixels > 0 ? { widthPixels, heightPixels } : null;
  }
  return null;
}
