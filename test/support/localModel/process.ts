/** The local model as a process of its own: `node process.js FOLDER MODEL STEP_SECONDS`. Ends with its parent. */
import { loadEngine } from './engine.js';
import { smallModel } from './gguf.js';
import { startLocalServer } from './server.js';

async function main(): Promise<void> {
  const [folder = '', model = '', stepSeconds = '1'] = process.argv.slice(2);
  process.once('disconnect', () => process.exit(0));
  const engine = await loadEngine(folder, model, smallModel.contextTokens);
  process.send?.({ url: await startLocalServer(engine, Number(stepSeconds)) });
}

main().catch((error: unknown) => {
  process.send?.({ problem: String(error) });
  process.exitCode = 1;
});
