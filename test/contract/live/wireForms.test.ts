/** Every wire form of energy, against a server that answers as its endpoint does. */
import assert from 'node:assert/strict';
import { measure, type MeasureOutcome } from '../../../server/live/index.js';
import {
  done,
  delta,
  event,
  eventStream,
  replyText,
  replyWith,
  serve,
  usage,
  type Answer,
} from '../../support/fixtureServer.js';

async function measureAgainst(answer: Answer): Promise<MeasureOutcome> {
  const server = await serve(answer);
  try {
    return await measure({
      endpoint: { baseUrl: server.url },
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      repeats: 1,
      timeoutSeconds: 5,
      keepCache: true,
    });
  } finally {
    await server.close();
  }
}

const stream =
  (text: string, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(200, { ...eventStream, ...headers });
    response.end(text);
  };

const whole =
  (extra: object, headers: Record<string, string> = {}): Answer =>
  (response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(
      JSON.stringify({
        choices: [{ index: 0, message: { role: 'assistant', content: replyText }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 12, completion_tokens: 3 },
        ...extra,
      }),
    );
  };

const neuralwatt = {
  energy_joules: 20.44,
  energy_kwh: 5.6778e-6,
  avg_power_watts: 4087,
  duration_seconds: 1.479,
  attribution_method: 'prorated_token_pool_weighted_multi_gpu_8',
  attribution_ratio: 0.0034,
};

interface Form {
  readonly name: string;
  readonly answer: Answer;
  readonly joules: number | null;
  readonly provenance?: string;
  readonly scope?: string;
  readonly method?: RegExp;
  readonly warning?: RegExp;
}

const forms: readonly Form[] = [
  {
    name: 'Neuralwatt: SSE comment before [DONE]',
    answer: stream(replyWith(`: energy ${JSON.stringify(neuralwatt)}\n\n: cost {"request_cost_usd":2.8e-05}\n\n`)),
    joules: 20.44,
    provenance: 'measured',
    scope: 'request-attributed',
    method: /prorated_token_pool/,
  },
  {
    name: 'Neuralwatt: comment directly after the event line, without a line between',
    answer: stream(replyWith(`: energy ${JSON.stringify(neuralwatt)}\n`)),
    joules: 20.44,
    provenance: 'measured',
  },
  {
    name: 'Neuralwatt: comment at the very end, without a newline',
    answer: stream(`${replyWith('')}: energy ${JSON.stringify(neuralwatt)}`),
    joules: 20.44,
    provenance: 'measured',
  },
  {
    name: 'Neuralwatt: body that was not streamed',
    answer: whole({ energy: { energy_joules: 15.23, energy_kwh: 4.2306e-6, attribution_method: 'prorated' } }),
    joules: 15.23,
    provenance: 'measured',
    method: /^prorated$/,
  },
  {
    name: 'energy object in the last chunk',
    answer: stream(
      `${delta('x', 'stop')}${usage()}${event({ choices: [], energy: { energy_joules: 7.5, source: 'measured' } })}${done}`,
    ),
    joules: 7.5,
    provenance: 'measured',
  },
  {
    name: 'energy object without source or method: provenance unknown',
    answer: stream(replyWith(event({ choices: [], energy: { energy_joules: 7.5 } }))),
    joules: 7.5,
    provenance: 'unknown',
  },
  {
    name: 'usage.energy of our own servers',
    answer: stream(
      `${delta('x', 'stop')}${usage(9, 1, { energy: { joules: 3.25, source: 'measured', method: 'nvml', scope: 'gpu-window' } })}${done}`,
    ),
    joules: 3.25,
    provenance: 'measured',
    scope: 'gpu-window',
    method: /^nvml$/,
  },
  {
    name: 'source simulated stays simulated',
    answer: stream(replyWith(`: energy {"joules":4,"source":"simulated","method":"formula"}\n\n`)),
    joules: 4,
    provenance: 'simulated',
  },
  {
    name: 'source estimated stays estimated',
    answer: whole({ usage: { prompt_tokens: 1, completion_tokens: 1, energy: { kwh: 1e-6, source: 'estimated' } } }),
    joules: 3.6,
    provenance: 'estimated',
  },
  {
    name: 'watt-hours where that is all there is',
    answer: stream(replyWith(': energy {"wh":0.002,"source":"measured"}\n\n')),
    joules: 7.2,
    provenance: 'measured',
  },
  {
    name: 'several comments are added up',
    answer: stream(
      replyWith(
        ': energy {"energy_joules":10,"attribution_method":"a"}\n\n: energy {"energy_joules":5.5,"attribution_method":"a"}\n\n',
      ),
    ),
    joules: 15.5,
    provenance: 'measured',
    warning: /2 energy comments were added up/,
  },
  {
    name: 'the same comment twice counts once',
    answer: stream(replyWith(`: energy ${JSON.stringify(neuralwatt)}\n\n`.repeat(2))),
    joules: 20.44,
    warning: /same energy comment 2 times; counted once/,
  },
  {
    name: 'joules against kilowatt-hours: a contradiction is named, joules count',
    answer: stream(replyWith(': energy {"energy_joules":500,"energy_kwh":1.39e-7,"source":"measured"}\n\n')),
    joules: 500,
    warning: /contradicts itself.*energy_joules says 500 J.*energy_kwh says 0\.5004 J/,
  },
  {
    name: 'two forms that disagree: the comment counts, and it is said',
    answer: stream(
      `${delta('x', 'stop')}${usage(9, 1, { energy: { joules: 8, source: 'measured' } })}: energy {"joules":4,"source":"measured"}\n\n${done}`,
    ),
    joules: 4,
    warning: /contradicts itself.*usage\.energy\.joules says 8 J/,
  },
  {
    name: 'X-Energy-Joules with its method',
    answer: stream(replyWith(''), { 'X-Energy-Joules': '0.31', 'X-Energy-Method': 'NVML' }),
    joules: 0.31,
    provenance: 'measured',
    method: /^NVML$/,
  },
  {
    name: 'X-Energy-Joules, derived',
    answer: whole({}, { 'X-Energy-Joules': '0.31', 'X-Energy-Method': 'derived' }),
    joules: 0.31,
    provenance: 'estimated',
  },
  {
    name: 'X-Energy-Consumption is in millijoules',
    answer: whole({}, { 'x-energy-consumption': '108836' }),
    joules: 108.836,
    provenance: 'measured',
    scope: 'gpu-window',
  },
  {
    name: 'X-GPU-Energy-J',
    answer: whole({}, { 'X-GPU-Energy-J': '52.1', 'X-GPU-Power-W': '310' }),
    joules: 52.1,
    scope: 'gpu-window',
  },
  {
    name: 'X-Energy-Data, JSON in a header',
    answer: whole({}, { 'x-energy-data': '{"energy_joules":2.5,"source":"estimated"}' }),
    joules: 2.5,
    provenance: 'estimated',
  },
  {
    name: 'trailers after a stream',
    answer: (response) => {
      response.writeHead(200, { ...eventStream, trailer: 'X-Energy-Joules, X-Energy-Method' });
      response.write(replyWith(''));
      response.addTrailers({ 'X-Energy-Joules': '1.75', 'X-Energy-Method': 'RAPL' });
      response.end();
    },
    joules: 1.75,
    provenance: 'measured',
    method: /^RAPL$/,
  },
  {
    name: 'null energy is no energy',
    answer: stream(
      replyWith(event({ choices: [], energy: null }) + event({ choices: [], energy: { energy_joules: null } })),
    ),
    joules: null,
  },
  {
    name: 'zero joules is no measurement',
    answer: stream(replyWith(': energy {"energy_joules":0}\n\n')),
    joules: null,
    warning: /reported 0 J/,
  },
  {
    name: 'a comment that is not JSON',
    answer: stream(replyWith(': energy lots\n\n: ping\n\n')),
    joules: null,
    warning: /not JSON; ignored/,
  },
  {
    name: 'a header that is no number',
    answer: whole({}, { 'X-Energy-Joules': 'n/a' }),
    joules: null,
    warning: /header x-energy-joules that cannot be read/,
  },
  { name: 'no energy anywhere', answer: stream(replyWith('')), joules: null },
];

describe('wire forms of energy', () => {
  for (const form of forms) {
    it(form.name, async () => {
      const outcome = await measureAgainst(form.answer);
      const { measured, warnings } = outcome;
      if (form.joules === null) {
        assert.equal(measured, null);
        assert.equal(outcome.stopped?.reason, 'noEnergy');
        assert.match(
          outcome.stopped?.message ?? '',
          /127\.0\.0\.1:\d+\/v1\/chat\/completions: replied, but reported no energy/,
        );
      } else {
        assert.ok(measured !== null);
        assert.ok(Math.abs(measured.joules - form.joules) < 1e-9 * form.joules, `${measured.joules} J`);
        assert.equal(outcome.stopped, null);
      }
      assert.notEqual(outcome.reply, '');
      if (form.provenance !== undefined) assert.equal(measured?.provenance, form.provenance);
      if (form.scope !== undefined) assert.equal(measured?.scope, form.scope);
      if (form.method !== undefined) assert.match(measured?.method ?? '', form.method);
      if (form.warning === undefined) assert.deepEqual(warnings, []);
      else assert.match(warnings.join('\n'), form.warning);
    });
  }
});
