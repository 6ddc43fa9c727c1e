import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseMetrics } from '../../../server/live/counters/prometheusText.js';
import { replyWith, serve, streaming } from '../../support/fixtureServer.js';
import { ask, chatBody, eventually, startTestGateway, streamWithUsage } from '../../support/gateway/testGateway.js';

const docs = path.resolve(__dirname, '../../../../docs');
const dashboard = JSON.parse(readFileSync(path.join(docs, 'dashboards/gateway.json'), 'utf8')) as {
  panels: { title: string; targets: { expr: string }[] }[];
  templating: { list: { query: string }[] };
};
const page = readFileSync(path.join(docs, 'gateway.md'), 'utf8');

/** Metrics in a query, and the labels that each is asked by. */
function namesIn(query: string): { name: string; labels: string[] }[] {
  return [...query.matchAll(/\b((?:gen_ai_server|joulelens_gateway)_\w+)(?:\{([^}]*)\})?/g)].map(
    ([, name, labels = '']) => ({
      name: name!,
      labels: [...labels.matchAll(/(\w+)\s*=~?/g)].map(([, label]) => label!),
    }),
  );
}

describe('the dashboard of the gateway', () => {
  it('asks for metrics and labels that the gateway has, and the page names no others', async () => {
    const upstream = await serve(streaming(replyWith('')));
    const gateway = await startTestGateway(upstream.url);
    try {
      await ask(`${gateway.url}/v1/chat/completions`, { body: chatBody(streamWithUsage) });
      const series = await eventually(async () => {
        const { samples } = parseMetrics((await ask(`${gateway.url}/metrics`)).body.toString());
        const settled = samples.find(({ name }) => name === 'joulelens_gateway_settled_requests_total');
        assert.equal(settled?.value, 1);
        assert.ok(samples.some(({ name }) => name === 'joulelens_gateway_idle_power_watts'));
        return samples;
      });
      const labelsOf = (name: string): Set<string> | null => {
        const own = series.filter((sample) => sample.name === name);
        // What Prometheus adds itself.
        return own.length === 0
          ? null
          : new Set(['job', 'instance', ...own.flatMap(({ labels }) => Object.keys(labels))]);
      };
      const queries = [
        ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
        ...dashboard.templating.list.map(({ query }) => query),
      ];
      const asked = queries.flatMap(namesIn);
      assert.ok(asked.length >= 20);
      for (const { name, labels } of asked) {
        const there = labelsOf(name);
        assert.ok(there, `${name} is not served`);
        for (const label of labels) assert.ok(there.has(label), `${name} has no label ${label}`);
      }
      const documented = [...page.matchAll(/`((?:gen_ai_server|joulelens_gateway)_\w+)`/g)].map(([, name]) => name!);
      assert.ok(documented.length >= 10);
      const families = new Set(series.flatMap(({ name }) => [name, name.replace(/_(bucket|sum|count)$/, '')]));
      assert.deepEqual(
        documented.filter((name) => !families.has(name)),
        [],
      );
      // Each family is on the page, by its name or by the end of it.
      for (const family of new Set(series.map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))) {
        const end = family.replace(/^joulelens_gateway/, '');
        assert.ok(page.includes(`\`${family}\``) || page.includes(`\`${end}\``), `${family} is not in docs/gateway.md`);
      }
    } finally {
      await gateway.close();
      await upstream.close();
    }
  });
});
