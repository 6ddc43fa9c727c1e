import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { api, closeAll, eventually, lenses, open, replace } from './support/editor.js';

const title = /^video · [\d.]+ [kM]J \([\d.]+–[\d.]+\) · [\d.]+ (?:s|min) · (.+)$/;

async function hoverText(document: vscode.TextDocument, line: number): Promise<string> {
  const found = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    new vscode.Position(line, 3),
  );
  return found
    .flatMap(({ contents }) => contents)
    .map((content) => (typeof content === 'string' ? content : content.value))
    .join('\n')
    .replaceAll('\\', '');
}

describe('requests for video', () => {
  afterEach(closeAll);

  for (const [name, models] of [
    ['fal-request.json', ['wan2.1-t2v-14b']],
    ['clips.yaml', ['hunyuanvideo', 'ltx-video-0.9.7']],
    ['comfyui-api.json', ['wan2.1-t2v-1.3b']],
    ['comfyui-workflow.json', ['hunyuanvideo']],
    ['wan_diffusers.py', ['wan2.1-t2v-14b']],
  ] as const) {
    it(`have a lens with joules and minutes, and a hover that says what less would save: ${name}`, async () => {
      const { document } = await open('samples', 'video', name);
      const found = await eventually(
        () => lenses(document),
        (each) => each.filter((lens) => title.test(lens.title)).length === models.length,
        `${models.length} lenses in ${name}`,
      );
      assert.deepEqual(
        found.flatMap((lens) => title.exec(lens.title)?.[1] ?? []),
        models,
      );
      const hover = await hoverText(document, found[0]!.line);
      for (const part of [/Predicted/, /Self-attention/, /half the steps/, /How sure/]) assert.match(hover, part);
    });
  }

  it('change with an edit, and the status bar has the total', async () => {
    const editor = await open('samples', 'video', 'fal-request.json');
    const titles = async (): Promise<string[]> =>
      (await lenses(editor.document)).map((lens) => lens.title).filter((each) => title.test(each));
    const [before] = await eventually(titles, (each) => each.length === 1, 'a lens');
    await replace(editor, '"num_frames": 81', '"num_frames": 41');
    await eventually(titles, (each) => each.length === 1 && each[0] !== before, 'another figure');
    const joulelens = await api();
    await eventually(
      () => joulelens.statusBarText(),
      (text) => /J .*· video ·/.test(text),
      'the total in the status bar',
    );
  });
});
