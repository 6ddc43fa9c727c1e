import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { createVideoCatalogue } from '../../../server/core/energy/video/catalogue.js';
import { detectFormat } from '../../../server/core/transcript/registry.js';
import { videoFigures } from '../../../server/core/video/requestFigures.js';
import { findVideoRequests, type VideoRequest } from '../../../server/core/video/requests/index.js';
import { videoModelNamed } from '../../../server/core/video/requests/modelNames.js';

const root = path.resolve(__dirname, '../../../..');
const folder = path.join(root, 'samples/video');
const samples = fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')] as const);
const find = (name: string, text: string): VideoRequest[] => findVideoRequests({ path: name }, text);
const json = (value: unknown): VideoRequest[] => find('request.json', JSON.stringify(value, null, 2));
const only = (requests: readonly VideoRequest[]): VideoRequest => {
  assert.equal(requests.length, 1);
  return requests[0]!;
};
const brief = ({ kind, model, asked, clips }: VideoRequest) => ({ kind, model: model.id, ...asked, clips });

describe('requests for video', () => {
  it('are found in every sample, which is no transcript', () => {
    const expected: Record<string, object[]> = {
      'clips.yaml': [
        { kind: 'api', model: 'hunyuanvideo', width: 1280, height: 720, frames: 129, steps: 50, clips: 1 },
        { kind: 'api', model: 'ltx-video-0.9.7', width: 704, height: 512, frames: 121, steps: 40, clips: 1 },
      ],
      'comfyui-api.json': [
        {
          kind: 'comfyui',
          model: 'wan2.1-t2v-1.3b',
          width: 832,
          height: 480,
          frames: 81,
          steps: 30,
          guidance: 6,
          clips: 1,
        },
      ],
      'comfyui-workflow.json': [
        {
          kind: 'comfyui',
          model: 'hunyuanvideo',
          width: 848,
          height: 480,
          frames: 73,
          steps: 20,
          guidance: 1,
          clips: 1,
        },
      ],
      'fal-request.json': [
        {
          kind: 'api',
          model: 'wan2.1-t2v-14b',
          width: 1280,
          height: 720,
          frames: 81,
          steps: 30,
          guidance: 5,
          clips: 1,
        },
      ],
      'wan_diffusers.py': [
        {
          kind: 'diffusers',
          model: 'wan2.1-t2v-14b',
          width: 832,
          height: 480,
          frames: 81,
          steps: 50,
          guidance: 5,
          clips: 1,
        },
      ],
    };
    assert.deepEqual(samples.map(([name]) => name).sort(), Object.keys(expected));
    for (const [name, text] of samples) {
      assert.deepEqual(find(name, text).map(brief), expected[name], name);
      assert.equal(detectFormat({ path: name }, text), null, name);
      for (const request of find(name, text)) assert.ok(videoFigures(request).ok, name);
    }
  });

  it('are where they say: anchors and spans inside the text, in its order, while it is typed and when it is cut', () => {
    for (const [name, text] of samples) {
      for (let end = 0; end <= text.length; end += 7) {
        const typed = text.slice(0, end);
        let before = -1;
        for (const { span, anchor } of find(name, typed)) {
          assert.ok(0 <= span.start && span.start <= anchor.start && span.start <= span.end && span.end <= end);
          assert.ok(anchor.start > before && anchor.end <= end, `${name} ${end}`);
          before = anchor.start;
        }
      }
    }
  });

  it('never throw, whatever stands in a file', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(
          fc.record({
            at: fc.nat(3000),
            cut: fc.nat(30),
            put: fc.constantFrom('"', '{', '[', '(', "'''", '\n', ',', '#', '\\'),
          }),
          {
            maxLength: 6,
          },
        ),
        ([name, text], edits) => {
          let mutated = text;
          for (const { at, cut, put } of edits) mutated = mutated.slice(0, at) + put + mutated.slice(at + cut);
          for (const request of find(name, mutated)) {
            assert.ok(request.span.end <= mutated.length);
            const outcome = videoFigures(request);
            if (outcome.ok) assert.ok(Number.isFinite(outcome.figures.gpuJoules) && outcome.figures.gpuJoules > 0);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it('do not light up ordinary files', () => {
    const collections = path.join(root, 'test/fixtures/ordinary');
    let files = 0;
    for (const collection of fs.readdirSync(collections)) {
      for (const part of fs
        .readFileSync(path.join(collections, collection), 'utf8')
        .split(/^===== /m)
        .slice(1)) {
        const [name, text] = [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)];
        assert.deepEqual(find(name, text), [], name);
        files++;
      }
    }
    assert.ok(files > 50);
    for (const at of ['server', 'scripts', 'schemas', 'samples', 'test/support']) {
      for (const entry of fs.readdirSync(path.join(root, at), { recursive: true, withFileTypes: true })) {
        if (!/\.(?:jsonc?|ya?ml|py)$/.test(entry.name) || entry.parentPath.endsWith('video')) continue;
        const file = path.join(entry.parentPath, entry.name);
        assert.deepEqual(find(file, fs.readFileSync(file, 'utf8')), [], file);
      }
    }
  });
});

describe('bodies of API calls', () => {
  it('are read under the names of several hosts', () => {
    const replicate = {
      version: 'tencent/hunyuan-video:6c9132aee14409cd6568d030453f1ba50f5f3412b844fe67f78a9eb62d55664f',
      input: {
        prompt: 'x',
        width: 864,
        height: 480,
        video_length: 129,
        infer_steps: 50,
        embedded_guidance_scale: 6,
        fps: 24,
      },
    };
    assert.deepEqual(brief(only(json(replicate))), {
      kind: 'api',
      model: 'hunyuanvideo',
      width: 864,
      height: 480,
      frames: 129,
      steps: 50,
      guidance: 6,
      clips: 1,
    });
    const size = {
      model: 'wavespeed-ai/wan-2.1/t2v-720p',
      prompt: 'x',
      size: '1280*720',
      duration: 5,
      num_inference_steps: 30,
    };
    const read = only(json(size));
    assert.deepEqual([read.asked.width, read.asked.height, read.asked.frames], [1280, 720, 81]);
    assert.match(read.notes[0]!, /5 s at 16 frames a second: 81 frames/);
    const inference = {
      model: 'genmo/mochi-1-preview',
      inputs: 'x',
      parameters: { num_frames: 84, num_inference_steps: 64 },
    };
    assert.deepEqual(brief(only(json(inference))), { kind: 'api', model: 'mochi-1', frames: 84, steps: 64, clips: 1 });
    const portrait = {
      endpoint: 'fal-ai/wan/v2.2-a14b/text-to-video',
      prompt: 'x',
      resolution: '480p',
      aspect_ratio: '9:16',
    };
    assert.deepEqual(brief(only(json(portrait))), {
      kind: 'api',
      model: 'wan2.2-t2v-a14b',
      width: 480,
      height: 832,
      clips: 1,
    });
  });

  it('that name no model have no figure, and say why', () => {
    const outcome = videoFigures(only(json({ prompt: 'x', num_frames: 81 })));
    assert.ok(!outcome.ok && /names no model/.test(outcome.error));
    const unknown = videoFigures(only(json({ model: 'acme/secret-video', prompt: 'x', num_frames: 81 })));
    assert.ok(!unknown.ok && unknown.error.includes('acme/secret-video'));
    const zero = videoFigures(only(json({ model: 'mochi-1', prompt: 'x', num_frames: 0 })));
    assert.ok(!zero.ok && /^frames: 0/.test(zero.error));
  });
});

describe('ComfyUI workflows', () => {
  const api = (nodes: Record<string, [type: string, inputs: object]>): VideoRequest[] =>
    json(Object.fromEntries(Object.entries(nodes).map(([id, [class_type, inputs]]) => [id, { class_type, inputs }])));

  it('add up the parts of a schedule that two samplers run', () => {
    const sampler = (start: number, end: number, model: string, latent: string): [string, object] => [
      'KSamplerAdvanced',
      { steps: 20, cfg: 3.5, start_at_step: start, end_at_step: end, model: [model, 0], latent_image: [latent, 0] },
    ];
    const request = only(
      api({
        high: ['UNETLoader', { unet_name: 'wan2.2_t2v_high_noise_14B_fp8_scaled.safetensors' }],
        low: ['UNETLoader', { unet_name: 'wan2.2_t2v_low_noise_14B_fp8_scaled.safetensors' }],
        size: ['EmptyHunyuanLatentVideo', { width: 640, height: 640, length: 81, batch_size: 2 }],
        first: sampler(0, 10, 'high', 'size'),
        second: sampler(10, 10_000, 'low', 'first'),
      }),
    );
    assert.deepEqual(brief(request), {
      kind: 'comfyui',
      model: 'wan2.2-t2v-a14b',
      width: 640,
      height: 640,
      frames: 81,
      steps: 20,
      guidance: 3.5,
      clips: 2,
    });
    const outcome = videoFigures(request);
    assert.ok(outcome.ok);
    assert.ok(Math.abs(outcome.figures.gpuJoules - 2 * outcome.figures.prediction.gpuJoules) < 1e-6);
  });

  it('know their sizes for Mochi, LTX-Video and Wan, and the form that is posted', () => {
    for (const [type, file, id] of [
      ['EmptyMochiLatentVideo', 'mochi_preview_bf16.safetensors', 'mochi-1'],
      ['EmptyLTXVLatentVideo', 'ltx-video-2b-v0.9.5.safetensors', 'ltx-video-2b'],
      ['EmptyLTXVLatentVideo', 'ltxv-13b-0.9.7-dev.safetensors', 'ltx-video-0.9.7'],
      ['WanImageToVideo', 'wan2.1_i2v_480p_14B_fp16.safetensors', 'wan2.1-t2v-14b'],
    ] as const) {
      const nodes = {
        1: { class_type: 'UNETLoader', inputs: { unet_name: file } },
        2: { class_type: type, inputs: { width: 704, height: 480, length: 49, batch_size: 1 } },
        3: { class_type: 'KSampler', inputs: { steps: 20, cfg: 4, model: ['1', 0], latent_image: ['2', 0] } },
      };
      const request = only(json({ prompt: nodes, client_id: 'x' }));
      assert.deepEqual([request.model.id, request.asked.frames, request.asked.steps], [id, 49, 20]);
    }
  });

  it('leave out what is muted, and look inside subgraphs', () => {
    const text = fs.readFileSync(path.join(folder, 'comfyui-workflow.json'), 'utf8');
    const saved = JSON.parse(text) as { nodes: { type: string; mode: number }[]; links: unknown[] };
    const muted = {
      ...saved,
      nodes: saved.nodes.map((n) => (n.type === 'EmptyHunyuanLatentVideo' ? { ...n, mode: 4 } : n)),
    };
    assert.deepEqual(json(muted), []);
    const nested = {
      nodes: [],
      links: [],
      definitions: { subgraphs: [{ id: 's', nodes: saved.nodes, links: saved.links }] },
    };
    assert.equal(only(json(nested)).asked.steps, 20);
  });
});

describe('calls of diffusers pipelines', () => {
  const python = (text: string): VideoRequest[] => find('clip.py', text);

  it('take names of literals, comments between arguments, and the defaults of the call', () => {
    const request = only(
      python(
        [
          'STEPS = 30  # fewer than usual',
          'self.pipe = HunyuanVideoPipeline.from_pretrained("hunyuanvideo-community/HunyuanVideo", transformer=t)',
          'out = self.pipe(',
          '    prompt="a (cat], # no comment",',
          '    num_frames=15 * 4 + 1,  # four seconds, num_frames=9',
          '    num_inference_steps=STEPS,',
          ').frames',
        ].join('\n'),
      ),
    );
    assert.deepEqual(brief(request), {
      kind: 'diffusers',
      model: 'hunyuanvideo',
      width: 1280,
      height: 720,
      frames: 61,
      steps: 30,
      guidance: 6,
      clips: 1,
    });
    assert.match(request.notes.at(-1)!, /width 1280, height 720, guidance 6/);
  });

  it('say what is no literal', () => {
    const [request] = python(
      'p = CogVideoXPipeline.from_pretrained("zai-org/CogVideoX-5b")\np(prompt, num_frames=args.frames)',
    );
    assert.ok(request!.notes.some((note) => note.startsWith('num_frames is no literal')));
    assert.equal(request!.asked.frames, undefined);
  });

  it('are those of the pipeline that a name held at the time', () => {
    const requests = python(
      [
        'pipe = WanPipeline.from_pretrained("Wan-AI/Wan2.1-T2V-1.3B-Diffusers")',
        'pipe(prompt="a", num_frames=81)',
        'pipe = DiffusionPipeline.from_pretrained("genmo/mochi-1-preview")',
        'pipe(prompt="b", num_frames=84)',
      ].join('\n'),
    );
    assert.deepEqual(
      requests.map(({ model }) => model.id),
      ['wan2.1-t2v-1.3b', 'mochi-1'],
    );
  });
});

describe('names of video models', () => {
  it('are those of the catalogue, of hosts and of weight files', () => {
    for (const id of createVideoCatalogue().ids) assert.equal(videoModelNamed(id), id);
    for (const [name, id] of [
      ['fal-ai/wan-t2v', 'wan2.1-t2v-14b'],
      ['wavespeed-ai/wan-2.1/t2v-480p', 'wan2.1-t2v-14b'],
      ['wan2.1_t2v_1.3B_fp16.safetensors', 'wan2.1-t2v-1.3b'],
      ['wan2.2_ti2v_5B_fp16.safetensors', 'wan2.2-ti2v-5b'],
      ['fal-ai/hunyuan-video', 'hunyuanvideo'],
      ['hunyuan_video_t2v_720p_bf16.safetensors', 'hunyuanvideo'],
      ['fal-ai/mochi-v1', 'mochi-1'],
      ['Lightricks/LTX-Video', 'ltx-video-2b'],
      ['Lightricks/LTX-Video-0.9.7-dev', 'ltx-video-0.9.7'],
      ['THUDM/CogVideoX1.5-5B', 'cogvideox1.5-5b'],
      ['fal-ai/cogvideox-5b', 'cogvideox-5b'],
      ['fal-ai/fast-animatediff/text-to-video', 'animatediff'],
      ['fal-ai/wan-25-preview/text-to-video', null],
      ['alibaba/wan-2.6', null],
      ['fal-ai/ltx-2.5/text-to-video/fast', null],
      ['openai/sora-2', null],
      ['swan-7b', null],
      ['taiwan-llm', null],
      ['meta-llama/Llama-3.1-8B', null],
      ['x'.repeat(10_000), null],
    ] as const) {
      assert.equal(videoModelNamed(name), id, name);
    }
  });
});
