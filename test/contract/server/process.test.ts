import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as path from 'node:path';
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { root } from './support/deps.js';
import { TestEditor } from './support/editor.js';
import { chat } from './support/transcripts.js';

describe('the server as a process', () => {
  it('counts in its worker over stdio, and ends when told', async function () {
    this.timeout(30_000);
    const child = spawn(process.execPath, [path.join(root, 'out', 'server', 'main.js'), '--stdio'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const connection = createProtocolConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    const editor = new TestEditor(connection, {}, () => undefined);
    try {
      await editor.initialize({});
      await editor.open('file:///chat.json', chat);
      assert.match((await editor.titles('file:///chat.json'))[1]!, /^user · 9 tok · [\d.]+ m?J$/);
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      assert.deepEqual(await exit, [0, null]);
    } finally {
      child.kill();
      connection.dispose();
    }
  });
});
