/** In a process of its own, so that it can trust an authority of the test's: one request, its outcome as JSON. */
import { chat, LiveError, timeoutsFor } from '../../server/live/index.js';

const [baseUrl = ''] = process.argv.slice(2);

void chat(
  { endpoint: { baseUrl, apiKey: 'sk-secret' }, model: 'm', messages: [{ role: 'user', content: 'private prompt' }] },
  { timeouts: timeoutsFor(5) },
).then(
  ({ text }) => process.stdout.write(JSON.stringify({ text })),
  (error: unknown) =>
    process.stdout.write(
      JSON.stringify(
        error instanceof LiveError ? { code: error.code, message: error.message } : { message: String(error) },
      ),
    ),
);
