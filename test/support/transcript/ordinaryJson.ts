/** JSON that people keep and that is no conversation, near misses of every dialect among it. */
const files: Readonly<Record<string, unknown>> = {
  'package.json': {
    name: 'x',
    version: '1.0.0',
    scripts: { test: 'mocha' },
    conversation: 'none',
    input: 'src',
    output: 'dist',
  },
  'package-lock.json': {
    name: 'x',
    lockfileVersion: 3,
    packages: { '': { name: 'x' }, 'node_modules/a': { version: '1.0.0' } },
  },
  'composer.lock': { packages: [{ name: 'a/b', source: { type: 'git', url: 'https://example.org' } }] },
  'openapi.json': {
    openapi: '3.1.0',
    paths: { '/messages': { get: { parameters: [{ in: 'query', name: 'role', description: 'user' }] } } },
    components: {
      schemas: {
        Message: { type: 'object', properties: { role: { enum: ['user', 'assistant'] }, content: { type: 'string' } } },
      },
    },
  },
  'schema.json': {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { messages: { type: 'array', items: { type: 'object' } } },
  },
  'map.geojson.json': {
    type: 'FeatureCollection',
    features: [{ type: 'Feature', geometry: { type: 'Point', coordinates: [1, 2] }, properties: { text: 'a' } }],
  },
  'en.json': {
    messages: { hello: 'Hello', system: 'System', user: 'User' },
    contents: 'Contents',
    instruction: 'Press any key',
  },
  'messages.json': {
    messages: [
      { id: 'app.hello', content: 'Hello' },
      { id: 'app.bye', content: 'Bye' },
    ],
  },
  'tsconfig.json': { compilerOptions: { strict: true }, include: ['src'], references: [{ path: './core' }] },
  'notebook.json': {
    cells: [
      { cell_type: 'markdown', source: ['# User', 'text'] },
      { cell_type: 'code', outputs: [{ output_type: 'stream', text: ['x'] }] },
    ],
    nbformat: 4,
  },
  'har.json': {
    log: {
      entries: [
        {
          request: { method: 'POST', postData: { text: '{}' } },
          response: { status: 200, content: { text: 'x', mimeType: 'text/html' } },
        },
      ],
    },
  },
  'sarif.json': {
    runs: [{ tool: { driver: { name: 'x' } }, results: [{ message: { text: 'A problem of some kind.' } }] }],
  },
  'coverage.json': { data: ['one', 'two'], id: 'x' },
  'chart.json': { id: 'c', data: ['January', 'February', 'March'] },
  'rows.json': { id: 'q', data: ['New York', 'Los Angeles', 'San Francisco Bay'] },
  'jsonapi.json': { data: [{ type: 'people', id: '1', attributes: { role: 'user', text: 'x' } }] },
  'people.json': [
    { role: 'user', name: 'Ada' },
    { role: 'admin', name: 'Bo', content: 'x' },
  ],
  'mail.json': [{ from: 'ada@example.org', to: 'bo@example.org', value: 3, text: 'Hello' }],
  'transfers.json': { items: [{ from: 'Berlin', to: 'Paris', value: 120 }] },
  'graph.json': { edges: [{ from: 'a', to: 'b', value: 'x' }], conversations: 12 },
  'parts.json': { parts: [{ sku: 'A1', text: 5 }], contents: [{ parts: [{ sku: 'x' }] }] },
  'book.json': { title: 'B', contents: [{ title: 'One', page: 3 }], candidates: 4 },
  'pipeline.json': { input: 'a.csv', output: 'b.csv', model: 'linear', tools: ['sort'] },
  'car.json': { model: 'gt-40', input: 'fuel', year: 1966 },
  'embedding.json': { model: 'text-embedding-3-small', input: 'The food was delicious.', encoding_format: 'float' },
  'speech.json': { model: 'tts-1', input: 'Hello there', voice: 'alloy' },
  'moderation.json': { model: 'omni-moderation-latest', input: ['a', 'b'] },
  'steps.json': [
    { instruction: 'Turn left', distance: 12 },
    { instruction: 'Turn right', distance: 40 },
  ],
  'ab-test.json': { chosen: true, rejected: false, prompt: 'x' },
  'vote.json': { chosen: 3, rejected: 1 },
  'form.json': { prompt: 'Your name?', completion: 0.4 },
  'search.json': { text: 'Human: resources', hits: [{ text: '### Results' }] },
  'release.json': { text: '### Changes\\n- one', tag_name: 'v1', assets: [] },
  'state.json': { conversation: { id: 1 }, model: 'x', content: [{ type: 'text' }] },
  'cms.json': { pages: [{ role: 'user', content: 'x' }], content: [{ type: 'text', text: 'Hello' }], system: 'cms' },
  'theme.json': { name: 'Dark', tokenColors: [{ scope: 'source', settings: { foreground: '#fff' } }], type: 'dark' },
  'eslintrc.json': { root: true, rules: { quotes: ['error', 'single'] }, overrides: [{ files: ['*.ts'] }] },
  'manifest.json': {
    manifest_version: 3,
    name: 'x',
    permissions: ['tabs'],
    background: { service_worker: 'a.js' },
    action: { default_title: 'user' },
  },
  'lottie.json': { v: '5', layers: [{ ty: 5, t: { d: { k: [{ s: { t: 'text' } }] } } }] },
  'terraform.json': { resource: { aws_iam_role: { user: { name: 'user', role: 'assistant' } } } },
  'empty-list.json': [],
  'numbers.json': [
    [1, 2],
    [3, 4],
  ],
  'strings.json': ['user', 'assistant', 'system'],
  'null.json': null,
};

export const ORDINARY_JSON: readonly (readonly [path: string, text: string])[] = Object.entries(files).flatMap(
  ([path, value]) => [
    [path, JSON.stringify(value, null, 2)] as const,
    [path, JSON.stringify([value, value])] as const,
    [path.replace('.json', '.jsonl'), `${JSON.stringify(value)}\n${JSON.stringify(value)}\n`] as const,
  ],
);
