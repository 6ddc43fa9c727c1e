/** The language server's process: stdio, sockets or Node's IPC, as the command line says. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { createJouleService } from './core/index.js';
import { createWorkerCounter } from './runtime/workerCounter.js';
import { startServer } from './server.js';
import { serverDeps } from './wiring.js';

/** The package has its files beside the bundle; a source tree compiled to out/ has them in assets/. */
function vocabularyFolder(): string {
  const shipped = path.join(__dirname, 'vocabularies');
  return fs.existsSync(shipped) ? shipped : path.join(__dirname, '..', '..', 'assets', 'vocabularies');
}

/** `dist/tokenWorker.js` when bundled, `out/server/runtime/tokenWorker.js` when only compiled. */
function workerPath(): string {
  const bundled = path.join(__dirname, 'tokenWorker.js');
  return fs.existsSync(bundled) ? bundled : path.join(__dirname, 'runtime', 'tokenWorker.js');
}

/** Counting leaves a core to the editor. */
const threads = Math.max(1, Math.min(4, os.availableParallelism() - 1));

const counter = createWorkerCounter({ workerPath: workerPath(), directory: vocabularyFolder(), threads });
const connection = createConnection(ProposedFeatures.all);
startServer(connection, serverDeps(createJouleService({ counter }), counter));
connection.onExit(() => void counter.dispose());
