// `npm run bench -- [NAME...]`: speed and memory. Names: openAndEdit, annotate, hoverWhileCounting, predictRows, tokenEdit, formats,
// stream, gateway, and, only when named, streamGigabyte.
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';
import { ensure } from './ensure.mjs';
import { main } from './lib/failure.mjs';
import { inRoot } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await ensure();
    await run(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '-b']);
    await build();
    const args = [inRoot('out/test/benchmarks/main.js'), ...process.argv.slice(2)];
    return (await run(process.execPath, args, { allowFailure: true })).code;
  });
}
