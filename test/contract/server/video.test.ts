import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Method } from '../../../server/protocol/messages.js';
import type { DocumentStatus, Reply, SampleChoice, VideoReport } from '../../../server/protocol/messages.js';
import { startEditor } from './support/editor.js';
import type { TestEditor } from './support/editor.js';
import { spyCounter, testDeps } from './support/deps.js';

const sample = (name: string): string =>
  fs.readFileSync(path.resolve(__dirname, '../../../../samples/video', name), 'utf8');

const REQUEST = `{
  "model": "Wan-AI/Wan2.1-T2V-14B-Diffusers",
  "prompt": "a lighthouse",
  "width": 1280,
  "height": 720,
  "num_frames": 81,
  "num_inference_steps": 50,
  "guidance_scale": 5
}
`;

describe('video requests over a connection', () => {
  const uri = 'file:///ws/request.json';
  let editor: TestEditor;

  beforeEach(async () => {
    editor = await startEditor(testDeps(spyCounter()));
  });
  afterEach(() => editor.stop());

  /** The status once it is so; the test's own limit ends the wait. */
  async function statusWhen(accept: (status: DocumentStatus) => boolean): Promise<DocumentStatus> {
    for (;;) {
      const status = editor.status(uri);
      if (status && accept(status)) return status;
      await sleep(20);
    }
  }

  it('have a lens with joules, interval and minutes, and a total in the status bar', async () => {
    await editor.open(uri, REQUEST);
    const [lens, ...more] = await editor.lenses(uri);
    assert.equal(more.length, 0);
    assert.equal(lens!.range.start.line, 0);
    assert.match(lens!.command!.title, /^video · 1\.\d MJ \(1\.\d–1\.\d\) · \d\d(\.\d)? min · wan2\.1-t2v-14b$/);
    const status = await statusWhen(({ video }) => video !== undefined);
    assert.equal(status.state, 'none');
    assert.equal(status.video!.clips, 1);
    assert.ok(status.video!.interval90[0] < status.video!.joules && status.video!.joules < status.video!.interval90[1]);
  });

  it('have a hover with the split, what halving saves, the assumptions and how sure', async () => {
    await editor.open(uri, REQUEST);
    const value = (await editor.hover(uri, { line: 3, character: 5 }))!;
    for (const part of [
      /\*\*Predicted\*\*, GPU only/,
      /90 % interval/,
      /Self-attention \| .*%/,
      /half the frames \(41\) \| −6\d/,
      /half the width and height \(640 × 360\) \| −\d\d/,
      /half the steps \(25\) \| −49\.\d %|half the steps \(25\) \| −50 %/,
      /Published formula/,
      /guidance 5 \(2 passes a step\)/,
      /How sure/,
    ]) {
      assert.match(value, part);
    }
  });

  it('have their hover on the line that they begin on, and none elsewhere', async () => {
    const at = 'file:///ws/clip.py';
    await editor.open(at, sample('wan_diffusers.py'), 'python');
    const line = sample('wan_diffusers.py')
      .split('\n')
      .findIndex((each) => each.startsWith('video = pipe('));
    for (const [row, character] of [
      [line, 2],
      [line, 10],
      [line + 2, 6],
    ] as const) {
      assert.match((await editor.hover(at, { line: row, character })) ?? '', /Video request/);
    }
    assert.equal(await editor.hover(at, { line: 0, character: 2 }), null);
  });

  it('follow an edit, half typed as well, and go with the request', async () => {
    await editor.open(uri, REQUEST);
    const before = (await editor.lenses(uri))[0]!.command!.title;
    await editor.change(uri, { text: REQUEST.replace('"num_frames": 81', '"num_frames": 41') });
    const shorter = (await editor.lenses(uri))[0]!.command!.title;
    assert.notEqual(shorter, before);
    await editor.change(uri, { text: REQUEST.slice(0, REQUEST.indexOf('"num_inference')) });
    assert.equal((await editor.lenses(uri)).length, 1);
    await editor.change(uri, { text: '{ "name": "a package", "version": "1.0.0" }' });
    assert.deepEqual(await editor.lenses(uri), []);
    assert.equal((await statusWhen(({ video }) => video === undefined)).video, undefined);
  });

  it('are found in YAML, in both forms of ComfyUI and in Python, and can be read aloud', async () => {
    for (const [name, language, count] of [
      ['clips.yaml', 'yaml', 2],
      ['comfyui-api.json', 'json', 1],
      ['comfyui-workflow.json', 'json', 1],
      ['wan_diffusers.py', 'python', 1],
    ] as const) {
      const at = `file:///ws/${name}`;
      await editor.open(at, sample(name), language);
      const lenses = await editor.lenses(at);
      assert.equal(lenses.length, count, name);
      for (const { command } of lenses) assert.match(command!.title, /^video · [\d.]+ [kM]J \(/);
      const reply = await editor.connection.sendRequest<Reply<VideoReport>>(Method.videoAt, {
        uri: at,
        position: { line: 0, character: 0 },
      });
      assert.ok(reply.ok);
      assert.match(reply.value.spoken, /^Video request, .*: predicted [\d.]+ (kilo|mega)joules, 90 percent interval/);
    }
  });

  it('say why there is no figure', async () => {
    await editor.open(uri, '{ "model": "acme/secret-video", "prompt": "x", "num_frames": 81 }');
    assert.match(
      (await editor.lenses(uri))[0]!.command!.title,
      /^video · no figure: no architecture is known for "acme/,
    );
    const status = await statusWhen(({ video }) => video !== undefined);
    assert.equal(status.video!.without!.requests, 1);
  });

  it('have a sample of each kind to open', async () => {
    const choices = await editor.value<SampleChoice[]>(Method.samples, {});
    const offered = choices.filter(({ group }) => group === 'Requests for video').map(({ file }) => file);
    const there = fs.readdirSync(path.resolve(__dirname, '../../../../samples/video')).map((name) => `video/${name}`);
    assert.deepEqual([...offered].sort(), there.sort());
  });

  it('leave transcripts to their own lenses', async () => {
    await editor.open('file:///ws/chat.json', '[{"role":"user","content":"Set num_frames to 81 and prompt wan"}]');
    const titles = await editor.titles('file:///ws/chat.json');
    assert.match(titles[0]!, /^user · /);
  });
});
