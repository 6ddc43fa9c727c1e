import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { factsOfBase64, factsOfUrl } from '../../../server/core/transcript/mediaFiles/facts.js';
import { parse } from '../../support/transcript/fixtures.js';
import { openaiChat } from '../../../server/core/transcript/formats/openaiChat.js';

const MEDIA = path.resolve(__dirname, '../../../../test/fixtures/media');
const file = (name: string): Buffer => fs.readFileSync(path.join(MEDIA, name));
const facts = (bytes: Buffer) => factsOfBase64(bytes.toString('base64'));

/** A whole PNG of one colour. */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(zlib.crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const pixels = zlib.deflateSync(Buffer.alloc((width + 1) * height));
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** A recording as a recorder writes it; `declared` is the size that it gives for the data. */
function wav(seconds: number, rateHz: number, declared = 2 * seconds * rateHz): Buffer {
  const data = Buffer.alloc(2 * seconds * rateHz);
  const head = Buffer.alloc(56);
  head.write('RIFF\0\0\0\0WAVELIST\x04\0\0\0INFOfmt ', 'latin1');
  head.writeUInt32LE(16, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(1, 34);
  head.writeUInt32LE(rateHz, 36);
  head.writeUInt32LE(2 * rateHz, 40);
  head.writeUInt16LE(2, 44);
  head.writeUInt16LE(16, 46);
  head.write('data', 48, 'latin1');
  head.writeUInt32LE(declared, 52);
  return Buffer.concat([head, data]);
}

const RAMP = { widthPixels: 300, heightPixels: 200 };

describe('media in base64', () => {
  for (const name of ['baseline.jpg', 'progressive.jpg', 'lossy.webp', 'lossless.webp']) {
    it(`${name}: size in pixels`, () => assert.deepEqual(facts(file(name)), RAMP));
  }

  it('PNG, GIF and extended WebP: size in pixels', () => {
    assert.deepEqual(facts(png(1024, 768)), { widthPixels: 1024, heightPixels: 768 });
    const gif = Buffer.from('GIF89a\x2c\x01\xc8\x00\x00\x00\x00', 'latin1');
    assert.deepEqual(facts(gif), RAMP);
    const extended = Buffer.from('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x2b\x01\0\xc7\0\0', 'latin1');
    assert.deepEqual(facts(extended), RAMP);
  });

  it('a JPEG whose size stands behind long segments of metadata', () => {
    const jpeg = file('baseline.jpg');
    const segment = Buffer.concat([Buffer.from([0xff, 0xe2, 0xff, 0xff]), Buffer.alloc(0xfffd)]);
    assert.deepEqual(facts(Buffer.concat([jpeg.subarray(0, 2), segment, segment, jpeg.subarray(2)])), RAMP);
  });

  for (const name of ['constant.mp3', 'variable.mp3', 'bare.mp3', 'silence.flac']) {
    it(`${name}: seconds`, () => {
      const { seconds } = facts(file(name));
      // Encoders of MP3 pad to whole frames, a twentieth of a second each at this rate.
      assert.ok(seconds! >= 0.74 && seconds! < 0.9, String(seconds));
    });
  }

  it('WAV: seconds, also where the size was left open or the text is cut', () => {
    assert.deepEqual(facts(wav(2, 16_000)), { seconds: 2 });
    for (const open of [0, 0xffffffff]) {
      assert.ok(Math.abs(facts(wav(2, 8_000, open)).seconds! - 2) < 1e-3);
    }
    const cut = facts(wav(2, 16_000).subarray(0, 32_056)).seconds!;
    assert.ok(Math.abs(cut - 1) < 1e-3, String(cut));
  });

  it('data URLs, with parameters and JSON escapes; nothing of other URLs', () => {
    const base64 = file('lossy.webp').toString('base64');
    for (const url of [
      `data:image/webp;base64,${base64}`,
      `data:image\\/webp;charset=x;base64,${base64.replaceAll('/', '\\/')}`,
      `DATA:;BASE64,${base64.replace(/(.{76})/g, '$1\\r\\n')}`,
      `data:image/webp;base64,${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`,
    ]) {
      assert.deepEqual(factsOfUrl(url), RAMP, url.slice(0, 40));
    }
    assert.deepEqual(factsOfUrl('https://pictures.example/a.png'), {});
    assert.deepEqual(factsOfUrl(`https://pictures.example/?x=;base64,${base64}`), {});
    assert.deepEqual(factsOfUrl('data:image/svg+xml,%3Csvg/%3E'), {});
  });

  it('never throws, and says nothing that is no size: any cut of any file, any bytes', () => {
    const files = [...fs.readdirSync(MEDIA).map(file), png(3, 4), wav(0.01, 8_000)];
    const cut = fc
      .tuple(fc.constantFrom(...files), fc.nat(), fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
      .map(([bytes, length, changes]) => {
        const copy = Buffer.from(bytes.subarray(0, length % (bytes.length + 1)));
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        return copy.toString('base64');
      });
    fc.assert(
      fc.property(fc.oneof(cut, fc.string({ maxLength: 80 })), (base64) => {
        for (const value of Object.values(factsOfBase64(base64))) assert.ok(Number.isFinite(value) && value > 0);
      }),
      { numRuns: 500 },
    );
  });

  it('a chat message: detail and size of an image, length of a recording, and neither as text', () => {
    const message = {
      role: 'user',
      content: [
        {
          type: 'image_url',
          image_url: { url: `data:image/png;base64,${png(64, 32).toString('base64')}`, detail: 'low' },
        },
        { type: 'image_url', image_url: { url: 'https://pictures.example/a.png' } },
        { type: 'input_audio', input_audio: { data: wav(0.5, 8_000).toString('base64'), format: 'wav' } },
      ],
    };
    const { pieces } = parse(openaiChat, JSON.stringify({ messages: [message] })).conversations[0]!.turns[0]!;
    assert.deepEqual(
      pieces.map(({ kind, text, media }) => [kind, text, media]),
      [
        ['image', '', { detail: 'low', widthPixels: 64, heightPixels: 32 }],
        ['image', '', undefined],
        ['audio', '', { seconds: 0.5 }],
      ],
    );
  });
});
