/** How long a recording is, in seconds, from the head of its file: WAV, MP3 and FLAC. */
import { bigEndian, hasText, littleEndian, type Bytes } from './bytes.js';

/** RIFF WAVE: bytes of the data chunk over bytes a second of the format chunk. */
function wav(bytes: Bytes): number | null {
  if (!hasText(bytes, 0, 'RIFF') || !hasText(bytes, 8, 'WAVE')) return null;
  let bytesPerSecond = NaN;
  for (let at = 12; at + 8 <= bytes.length;) {
    const size = littleEndian(bytes, at + 4, 4);
    if (Number.isNaN(size)) return null;
    if (hasText(bytes, at, 'fmt ')) bytesPerSecond = littleEndian(bytes, at + 16, 4);
    // A recorder that streams leaves the size open: 0 or the largest number.
    if (hasText(bytes, at, 'data')) {
      const rest = bytes.length - at - 8;
      return (size === 0 ? rest : Math.min(size, rest)) / bytesPerSecond;
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

const RATES_HZ = [44_100, 48_000, 32_000];
const KILOBITS_V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KILOBITS_V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** ISO 11172-3 and 13818-3, layer III: the frame count of a Xing header, else the bit rate of the first frame. */
function mp3(bytes: Bytes): number | null {
  let start = 0;
  if (hasText(bytes, 0, 'ID3')) {
    const sizes = [6, 7, 8, 9].map((at) => bytes.at(at));
    start = 10 + sizes.reduce((size, seven) => size * 128 + seven, 0);
  }
  const [first, second, third, fourth] = [0, 1, 2, 3].map((at) => bytes.at(start + at));
  const isLayer3 = first === 0xff && (second! & 0xe6) === 0xe2;
  const version = (second! >> 3) & 3;
  const bits = third! >> 4;
  const base = RATES_HZ[(third! >> 2) & 3];
  if (!isLayer3 || version === 1 || bits === 0 || bits === 15 || base === undefined) return null;
  const first1 = version === 3;
  const rateHz = first1 ? base : version === 2 ? base / 2 : base / 4;
  const samples = first1 ? 1152 : 576;
  const mono = fourth! >> 6 === 3;
  const side = first1 ? (mono ? 17 : 32) : mono ? 9 : 17;
  const info = start + 4 + side;
  if ((hasText(bytes, info, 'Xing') || hasText(bytes, info, 'Info')) && (bytes.at(info + 7) & 1) === 1) {
    return (bigEndian(bytes, info + 8, 4) * samples) / rateHz;
  }
  return ((bytes.length - start) * 8) / ((first1 ? KILOBITS_V1 : KILOBITS_V2)[bits]! * 1000);
}

/** RFC 9639, section 8.2: samples over sample rate of the stream information, which comes first. */
function flac(bytes: Bytes): number | null {
  if (!hasText(bytes, 0, 'fLaC')) return null;
  const rateHz = Math.floor(bigEndian(bytes, 18, 3) / 16);
  return ((bytes.at(21) % 16) * 2 ** 32 + bigEndian(bytes, 22, 4)) / rateHz;
}

/** Length of a recording in seconds; null where it is of another kind or cut before it says so. */
export function audioSecondsOf(bytes: Bytes): number | null {
  const seconds = wav(bytes) ?? mp3(bytes) ?? flac(bytes);
  return seconds !== null && Number.isFinite(seconds) && seconds > 0 ? seconds : null;
}
