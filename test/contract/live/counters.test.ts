/** Every counter, against a real server, process or folder that behaves as its source does. */
import assert from 'node:assert/strict';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCounter, LiveError, type CounterOptions, type EnergyCounter } from '../../../server/live/index.js';
import { eventStream, serve, type Answer, type FixtureServer } from '../../support/fixtureServer.js';

function counterOf(meter: string, options: CounterOptions = {}): EnergyCounter {
  const made = createCounter(meter, { timeoutSeconds: 5, ...options });
  assert.ok('counter' in made, 'problem' in made ? made.problem : '');
  return made.counter;
}

/** Serves pages in turn; the last stands. */
const pages =
  (...texts: string[]): Answer =>
  (response, _request, index) => {
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(texts[Math.min(index, texts.length - 1)]);
  };

const origin = (server: FixtureServer): string => new URL(server.url).origin;

/** Joules of readings one after the other, and the counter after them. */
async function readings(
  server: FixtureServer,
  meter: (origin: string) => string,
  times: number,
  options: CounterOptions = {},
): Promise<{ joules: number[]; counter: EnergyCounter }> {
  const counter = counterOf(meter(origin(server)), options);
  try {
    const joules: number[] = [];
    for (let index = 0; index < times; index++) {
      joules.push((await counter.read()).joules);
    }
    return { joules, counter };
  } finally {
    counter.close();
    await server.close();
  }
}

const close = (actual: number | undefined, expected: number, within = 1e-9): void =>
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= within * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );

interface PageCase {
  readonly name: string;
  readonly page: string;
  readonly joules: number;
  readonly scope: string;
  readonly boundary: RegExp;
  readonly fragment?: string;
}

const cases: readonly PageCase[] = [
  {
    name: 'DCGM exporter: millijoules of all GPUs, blanks left out',
    page: `# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION counter
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a",modelName="NVIDIA H100 80GB HBM3"} 319159391
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="1", UUID="GPU-b"} 1000
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="2",UUID="GPU-c"} 9223372036854775794
DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-a"} 409.692000`,
    joules: 319160.391,
    scope: 'gpu-window',
    boundary: /^2 GPUs \(DCGM exporter\)$/,
  },
  {
    name: 'DCGM exporter by the names of version 1.x',
    page: `dcgm_power_usage{gpu="0",uuid="GPU-a"} 71.2
dcgm_total_energy_consumption{gpu="0",uuid="GPU-a",container="",namespace="",pod=""} 4000
dcgm_total_energy_consumption{gpu="1",uuid="GPU-b",container="",namespace="",pod=""} 500`,
    joules: 4.5,
    scope: 'gpu-window',
    boundary: /^2 GPUs \(DCGM exporter\)$/,
  },
  {
    name: 'DCGM 4.7: the counter in whole joules',
    page: `DCGM_FI_DEV_BOARD_POWER_WATTS{gpu="0",UUID="GPU-a",pci_bus_id="00000000:17:00.0",device="nvidia0",modelName="NVIDIA H100"} 71.2
DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL{gpu="0",UUID="GPU-a",pci_bus_id="00000000:17:00.0",device="nvidia0",modelName="NVIDIA H100"} 319159`,
    joules: 319159,
    scope: 'gpu-window',
    boundary: /^1 GPU \(DCGM exporter\)$/,
  },
  {
    name: 'DCGM exporter with MIG: instances show the counter of their GPU, which counts once',
    page: `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a",device="nvidia0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="7"} 5000
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a",device="nvidia0",GPU_I_PROFILE="1g.10gb",GPU_I_ID="8"} 5000`,
    joules: 5,
    scope: 'gpu-window',
    boundary: /^1 GPU \(/,
  },
  {
    name: 'DCGM exporter on Kubernetes: a GPU that several pods share counts once',
    page: `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a",pod="x"} 5000
DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="GPU-a",pod="y"} 5000`,
    joules: 5,
    scope: 'gpu-window',
    boundary: /^1 GPU \(/,
  },
  {
    name: 'Triton',
    page: 'nv_gpu_power_usage{gpu_uuid="GPU-340c"} 70.1\nnv_energy_consumption{gpu_uuid="GPU-340c"} 320.387000',
    joules: 320.387,
    scope: 'gpu-window',
    boundary: /Triton/,
  },
  {
    name: 'NIM',
    page: 'num_requests_running 0\ngpu_total_energy_consumption_joules{gpu_index="0"} 77.5\ngpu_total_energy_consumption_joules{gpu_index="1"} 2.5',
    joules: 80,
    scope: 'gpu-window',
    boundary: /2 GPUs \(NIM\)/,
  },
  {
    name: 'nvidia_gpu_exporter',
    page: 'nvidia_smi_energy_joules_total{uuid="df6e"} 1.234e+06',
    joules: 1234000,
    scope: 'gpu-window',
    boundary: /nvidia_gpu_exporter/,
  },
  {
    name: 'AMD: typed as a gauge, in microjoules',
    page: '# TYPE gpu_energy_consumed gauge\ngpu_energy_consumed{gpu_id="0",serial_number="s0"} 2500000\ngpu_energy_consumed{gpu_id="1",serial_number="s1"} 500000',
    joules: 3,
    scope: 'gpu-window',
    boundary: /2 GPUs \(AMD/,
  },
  {
    name: 'AMD: partitions of one GPU, of which the first alone has the counter',
    page: `gpu_energy_consumed{gpu_id="0",gpu_partition_id="0",serial_number="s0",card_model="MI300X",hostname="n"} 2500000
gpu_energy_consumed{gpu_id="8",gpu_partition_id="0",serial_number="s1",card_model="MI300X",hostname="n"} 500000
gpu_power_usage{gpu_id="1",gpu_partition_id="1",serial_number="s0",card_model="MI300X",hostname="n"} 0`,
    joules: 3,
    scope: 'gpu-window',
    boundary: /2 GPUs \(AMD/,
  },
  {
    name: 'AMD: labels in capitals, as early versions had them',
    page: 'gpu_energy_consumed{GPU_UUID="a",SERIAL_NUMBER="s0"} 2500000\ngpu_energy_consumed{GPU_UUID="b",SERIAL_NUMBER="s1"} 500000',
    joules: 3,
    scope: 'gpu-window',
    boundary: /2 GPUs \(AMD/,
  },
  {
    name: 'series without any label that tells devices apart are never taken for one',
    page: 'nvidia_smi_energy_joules_total{card="0"} 5\nnvidia_smi_energy_joules_total{card="1"} 7',
    joules: 12,
    scope: 'gpu-window',
    boundary: /2 GPUs \(nvidia_gpu_exporter/,
  },
  {
    name: 'all-smi: scopes are never added',
    page: `all_smi_energy_consumed_joules_total{host="d",scope="gpu",gpu_index="0",gpu_uuid="GPU-0"} 8.43e6
all_smi_energy_consumed_joules_total{host="d",scope="cpu"} 1e6
all_smi_energy_consumed_joules_total{host="d",scope="chassis"} 9.9e6`,
    joules: 8430000,
    scope: 'gpu-window',
    boundary: /all-smi/,
  },
  {
    name: 'aitra-meter',
    page: 'aitra_gpu_energy_joules_total{node="n",gpu_id="0",model_name="m",provider="p"} 41',
    joules: 41,
    scope: 'gpu-window',
    boundary: /aitra/,
  },
  {
    name: 'node_exporter: RAPL packages',
    page: `node_rapl_core_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0:0"} 40000
node_rapl_package_joules_total{index="0",path="/sys/class/powercap/intel-rapl:0"} 98765.4
node_rapl_package_joules_total{index="1",path="/sys/class/powercap/intel-rapl:1"} 0.6`,
    joules: 98766,
    scope: 'cpu-window',
    boundary: /2 CPU packages \(node_exporter/,
  },
  {
    name: 'node_exporter with zone labels',
    page: `node_rapl_joules_total{index="0",path="p0",rapl_zone="package-0"} 10
node_rapl_joules_total{index="0",path="p1",rapl_zone="core"} 7`,
    joules: 10,
    scope: 'cpu-window',
    boundary: /1 CPU package /,
  },
  {
    name: 'Kepler: zones overlap and are never added',
    page: `kepler_node_cpu_joules_total{node_name="n1",path="/sys/class/powercap/intel-rapl:0",zone="package"} 12345.6
kepler_node_cpu_joules_total{node_name="n1",path="/sys/class/powercap/intel-rapl:0:0",zone="core"} 9000
kepler_node_cpu_joules_total{node_name="n1",path="/sys/class/powercap/intel-rapl:1",zone="psys"} 20000`,
    joules: 12345.6,
    scope: 'cpu-window',
    boundary: /1 CPU package \(Kepler\)/,
  },
  {
    name: 'Kepler: GPUs where it has them',
    page: 'kepler_node_cpu_joules_total{zone="package",path="p"} 5\nkepler_node_gpu_joules_total{gpu="0",gpu_name="NVIDIA H100",gpu_uuid="G",node_name="n1",vendor="nvidia"} 50\nkepler_node_gpu_active_joules_total{gpu="0",gpu_uuid="G"} 40',
    joules: 50,
    scope: 'gpu-window',
    boundary: /Kepler/,
  },
  {
    name: 'Kepler before 0.10: dynamic and idle of a socket add up',
    page: `kepler_node_core_joules_total{instance="n1",mode="dynamic",package="socket0",source="rapl-sysfs"} 300
kepler_node_package_joules_total{instance="n1",mode="dynamic",package="socket0",source="rapl-sysfs"} 500
kepler_node_package_joules_total{instance="n1",mode="idle",package="socket0",source="rapl-sysfs"} 40
kepler_node_package_joules_total{instance="n1",mode="dynamic",package="socket1",source="rapl-sysfs"} 6`,
    joules: 546,
    scope: 'cpu-window',
    boundary: /2 CPU packages \(Kepler before 0\.10\)/,
  },
  {
    name: 'Kepler before 0.10: GPUs',
    page: `kepler_node_gpu_joules_total{instance="n1",mode="dynamic",package="0",source="nvidia"} 50
kepler_node_gpu_joules_total{instance="n1",mode="idle",package="0",source="nvidia"} 8
kepler_node_gpu_joules_total{instance="n1",mode="dynamic",package="1",source="nvidia"} 2`,
    joules: 60,
    scope: 'gpu-window',
    boundary: /2 GPUs \(Kepler\)/,
  },
  {
    name: 'Scaphandre',
    page: 'scaph_host_power_microwatts 4e7\nscaph_host_energy_microjoules 7500000\nscaph_process_power_consumption_microwatts{exe="x",pid="1"} 3',
    joules: 7.5,
    scope: 'node-window',
    boundary: /1 host \(Scaphandre\)/,
  },
  {
    name: 'any metric by name and unit',
    page: 'my_meter_total{rack="1"} 2\nmy_meter_total{rack="2"} 3\nother 9',
    fragment: '#my_meter_total,Wh',
    joules: 5 * 3600,
    scope: 'unknown',
    boundary: /2 series \(my_meter_total\)/,
  },
  {
    name: 'one device of a metric',
    page: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",UUID="a"} 1000\nDCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="1",UUID="b"} 7000',
    fragment: '#DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="1"},mJ',
    joules: 7,
    scope: 'gpu-window',
    boundary: /1 GPU/,
  },
];

describe('counters on Prometheus pages', () => {
  for (const { name, page, joules, scope, boundary, fragment = '' } of cases) {
    it(name, async () => {
      const server = await serve(pages(`one bad {line\n${page}\n`));
      const { joules: read, counter } = await readings(server, (at) => `prometheus:${at}/metrics${fragment}`, 1);
      close(read[0], joules);
      assert.equal(counter.scope, scope);
      assert.match(counter.boundary, boundary);
      assert.equal(counter.provenance, 'measured');
      assert.equal(server.seen[0]?.path, '/metrics');
    });
  }

  it('the page is /metrics where the URL names none', async () => {
    const server = await serve(pages('nv_energy_consumption{gpu_uuid="a"} 1'));
    await readings(server, (at) => `prometheus:${at}`, 1);
    assert.equal(server.seen[0]?.path, '/metrics');
  });

  it('power is integrated, and the method says so', async () => {
    let clock = 0;
    const server = await serve(pages('nv_gpu_power_usage{gpu_uuid="a"} 100\nnv_gpu_power_usage{gpu_uuid="b"} 50'));
    const counter = counterOf(`prometheus:${origin(server)}`, { now: () => clock, powerPeriodSeconds: 1000 });
    const first = await counter.read();
    clock = 4;
    const second = await counter.read();
    counter.close();
    await server.close();
    close(second.joules - first.joules, 600);
    assert.match(counter.method ?? '', /^power samples integrated \(nv_gpu_power_usage, W\)/);
  });

  it('a reset of one device shows, even if the others grew by more', async () => {
    const page = (a: number, b: number): string =>
      `nv_energy_consumption{gpu_uuid="a"} ${a}\nnv_energy_consumption{gpu_uuid="b"} ${b}`;
    const server = await serve(pages(page(100, 100), page(110, 110), page(1, 900), page(2, 905)));
    const { joules } = await readings(server, (at) => `prometheus:${at}`, 4);
    close(joules[1]! - joules[0]!, 20);
    assert.ok(joules[2]! < joules[1]!);
    close(joules[3]! - joules[2]!, 6);
  });

  it('a device that goes away is no saving', async () => {
    const server = await serve(
      pages(
        'nv_energy_consumption{gpu_uuid="a"} 1\nnv_energy_consumption{gpu_uuid="b"} 1',
        'nv_energy_consumption{gpu_uuid="a"} 50',
      ),
    );
    const { joules } = await readings(server, (at) => `prometheus:${at}`, 2);
    assert.ok(joules[1]! < joules[0]!);
  });

  const refused: readonly [name: string, page: string, fragment: string, message: RegExp][] = [
    [
      'no energy there',
      'up 1\nhttp_requests_total 3',
      '',
      /no energy metric that is known; name one: prometheus:URL#metric,unit/,
    ],
    ['names that look like it', 'my_power_watts 3', '', /it has my_power_watts/],
    ['a named metric that is missing', 'a_joules 1', '#b_joules,J', /holds no metric b_joules; it has a_joules/],
    ['a named series that is missing', 'b_joules{x="1"} 1', '#b_joules{x="2"},J', /no series of it with these labels/],
    ['Alumet', 'nvml_energy_consumption_alumet{gpu="0"} 3', '', /Alumet exports the energy of each interval/],
    ["Prometheus's own page", 'prometheus_tsdb_head_series 5', '', /api\/v1\/query/],
    [
      'only blanks',
      'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0"} 9223372036854775794',
      '',
      /no energy metric that is known/,
    ],
    ['only NaN', 'nv_energy_consumption NaN', '', /no energy metric that is known/],
  ];
  for (const [name, page, fragment, message] of refused) {
    it(`one clear line: ${name}`, async () => {
      const server = await serve(pages(page));
      await assert.rejects(
        readings(server, (at) => `prometheus:${at}${fragment}`, 1),
        (error: unknown) => error instanceof LiveError && error.code === 'meter' && message.test(error.message),
      );
    });
  }

  it('sends a token of the meter alone, never the key of the endpoint', async () => {
    const server = await serve(pages('nv_energy_consumption 1'));
    await readings(server, (at) => `prometheus:${at}`, 1, {
      env: { JOULELENS_API_KEY: 'sk-endpoint', JOULELENS_METER_TOKEN: 'meter-token' },
    });
    assert.equal(server.seen[0]?.headers.authorization, 'Bearer meter-token');
    assert.ok(!JSON.stringify(server.seen).includes('sk-endpoint'));
  });

  it('is bounded: a page without end is given up', async () => {
    const server = await serve((response) => {
      response.writeHead(200);
      const line = Buffer.alloc(1 << 20, 'a 1\n');
      const more = (): void => {
        while (!response.destroyed && response.write(line));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    await assert.rejects(
      readings(server, (at) => `prometheus:${at}`, 1),
      /larger than 16 MiB/,
    );
  });

  it('is bounded: a server that says nothing is given up', async () => {
    const server = await serve(() => undefined);
    await assert.rejects(
      readings(server, (at) => `prometheus:${at}`, 1, { timeoutSeconds: 0.1 }),
      /no answer|no data/,
    );
  });

  it('does not follow a redirect to another host', async () => {
    const other = await serve(pages('nv_energy_consumption 1'));
    const server = await serve((response) => {
      response.writeHead(307, { location: `${origin(other)}/metrics` });
      response.end();
    });
    await assert.rejects(
      readings(server, (at) => `prometheus:${at}`, 1),
      /redirects to another origin/,
    );
    assert.equal(other.seen.length, 0);
    await other.close();
  });
});

describe('a Prometheus server', () => {
  const answer = (result: object[], resultType = 'vector'): Answer =>
    pages(JSON.stringify({ status: 'success', data: { resultType, result } }));
  const dcgm = (value: string, labels: object = {}) => ({
    metric: { __name__: 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION', instance: 'gpu1:9400', UUID: 'a', ...labels },
    value: [1435781451.781, value],
  });

  it('has values as texts, and is asked for the known metrics', async () => {
    const server = await serve(answer([dcgm('2000'), dcgm('3000', { UUID: 'b' })]));
    const { joules, counter } = await readings(server, (at) => `prometheus:${at}/api/v1/query`, 1);
    close(joules[0], 5);
    assert.match(counter.method ?? '', /through Prometheus/);
    assert.match(decodeURIComponent(server.seen[0]?.path ?? ''), /query=\{__name__=~"DCGM_FI_DEV_TOTAL/);
  });

  it('gives the raw metric that is named, the latest point of a matrix included', async () => {
    const server = await serve(
      answer(
        [
          {
            metric: { __name__: 'x' },
            values: [
              [1, '4'],
              [2, '6'],
            ],
          },
        ],
        'matrix',
      ),
    );
    const { joules } = await readings(server, (at) => `prometheus:${at}/api/v1/query#x{a="b c"},kWh`, 1).catch(
      async (error: unknown) => {
        // The series does not carry the label, so it may not count.
        assert.match(String(error), /no series of it with these labels/);
        const again = await serve(
          answer(
            [
              {
                metric: { __name__: 'x' },
                values: [
                  [1, '4'],
                  [2, '6'],
                ],
              },
            ],
            'matrix',
          ),
        );
        return readings(again, (at) => `prometheus:${at}/api/v1/query#x,kWh`, 1);
      },
    );
    assert.equal(
      decodeURIComponent(new URL(server.seen[0]!.path, server.url).searchParams.get('query') ?? ''),
      'x{a="b c"}',
    );
    close(joules[0], 6 * 3.6e6);
  });

  it('holds many machines, which are never added', async () => {
    const server = await serve(answer([dcgm('1'), dcgm('1', { instance: 'gpu2:9400' })]));
    await assert.rejects(
      readings(server, (at) => `prometheus:${at}/api/v1/query`, 1),
      /comes from 2 machines .*name one: #DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION\{instance="gpu1:9400"\},mJ/,
    );
  });

  it('reports its own error', async () => {
    const server = await serve(pages('{"status":"error","errorType":"bad_data","error":"parse error"}'));
    await assert.rejects(
      readings(server, (at) => `prometheus:${at}/api/v1/query`, 1),
      /Prometheus reports: parse error/,
    );
  });
});

describe('zeusd', () => {
  const answering =
    (energy: unknown, status = 200): Answer =>
    (response, request) => {
      response.writeHead(request.path.includes('get_cumulative_energy') ? status : 404);
      response.end(JSON.stringify(energy));
    };

  it('reads the counters of GPUs in millijoules', async () => {
    const server = await serve(answering({ '0': { energy_mj: 123456 }, '1': { energy_mj: 44 } }));
    const { joules, counter } = await readings(server, (at) => `zeusd:${at}`, 1);
    close(joules[0], 123.5);
    assert.equal(server.seen[0]?.path, '/gpu/get_cumulative_energy');
    assert.equal(counter.scope, 'gpu-window');
    assert.match(counter.boundary, /^GPU 0, 1 \(zeusd\)/);
  });

  it('reads chosen GPUs, and CPUs with their memory', async () => {
    const server = await serve(answering({ '1': { energy_mj: 44 } }));
    await readings(server, (at) => `zeusd:${at}#1`, 1);
    assert.equal(server.seen[0]?.path, '/gpu/get_cumulative_energy?gpu_ids=1');
    const cpu = await serve(
      answering({
        '0': { cpu_energy_uj: 1500000, dram_energy_uj: 500000 },
        '1': { cpu_energy_uj: 1e6, dram_energy_uj: null },
      }),
    );
    const { joules, counter } = await readings(cpu, (at) => `zeusd:${at}#cpu`, 1);
    close(joules[0], 3);
    assert.equal(counter.scope, 'cpu-window');
  });

  it('listens on a Unix socket too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zeusd-'));
    const path = join(folder, 'z.sock');
    const server = createServer((_request, response) => response.end('{"0":{"energy_mj":9000}}'));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const counter = counterOf(`zeusd:unix:${path}`);
    close((await counter.read()).joules, 9);
    counter.close();
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(counterOf(`zeusd:${path}`).read(), /the socket cannot be opened|refused/);
    await rm(folder, { recursive: true });
  });

  it('integrates the power stream where the GPU has no counter', async () => {
    let clock = 0;
    const server = await serve((response, request) => {
      if (request.path.startsWith('/gpu/get_cumulative_energy')) {
        response.writeHead(400);
        response.end('{"error":"GPU 0 has no energy counter"}');
        return;
      }
      response.writeHead(200, eventStream);
      const timer = setInterval(() => {
        clock += 0.5;
        response.write('data: {"timestamp_ms":1,"gpu_id":0,"power_mw":80000}\n\n');
        response.write('data: {"timestamp_ms":1,"gpu_id":1,"power_mw":20000}\n\n');
      }, 5);
      response.on('close', () => clearInterval(timer));
    });
    const counter = counterOf(`zeusd:${origin(server)}`, { now: () => clock });
    const first = await counter.read();
    const second = await counter.read();
    counter.close();
    await server.close();
    close(second.joules - first.joules, 100 * (second.seconds - first.seconds));
    assert.ok(second.seconds > first.seconds);
    assert.match(counter.method ?? '', /power samples integrated/);
    assert.match(counter.boundary, /GPU 0, 1/);
  });

  it('says when the stream has ended, and when a token is needed', async () => {
    const server = await serve((response, request) => {
      const isEnergy = request.path.startsWith('/gpu/get_cumulative_energy');
      response.writeHead(isEnergy ? 400 : 200);
      response.end(isEnergy ? '{}' : 'data: {"timestamp_ms":1,"gpu_id":0,"power_mw":80000}\n\n');
    });
    await assert.rejects(
      readings(server, (at) => `zeusd:${at}`, 2),
      /power stream of zeusd ended/,
    );
    const locked = await serve(answering({ error: 'missing token' }, 401));
    await assert.rejects(
      readings(locked, (at) => `zeusd:${at}`, 1),
      /HTTP 401 \(the meter wants a token: JOULELENS_METER_TOKEN\)/,
    );
  });
});

describe('TensorRT-LLM', () => {
  it('reads the total of its GPUs', async () => {
    const server = await serve((response, _request, index) => {
      response.end(JSON.stringify({ total_energy_j: 12345.5 + index, query_time: 1.5 }));
    });
    const { joules } = await readings(server, (at) => `trtllm:${at}`, 2);
    assert.equal(server.seen[0]?.path, '/energy_metrics');
    close(joules[0], 12345.5);
    close(joules[1], 12346.5);
  });

  it('says how to turn the meter on', async () => {
    const server = await serve((response) => {
      response.writeHead(503);
      response.end('{"error":"Energy monitoring is not available"}');
    });
    await assert.rejects(
      readings(server, (at) => `trtllm:${at}`, 1),
      /enable_energy_metrics: true/,
    );
  });
});

describe('RAPL of this machine', () => {
  async function powercap(zones: Record<string, { name: string; energy: number; range?: number }>): Promise<string> {
    const root = await mkdtemp(join(tmpdir(), 'powercap-'));
    for (const [folder, { name, energy, range = 262143328850 }] of Object.entries(zones)) {
      await mkdir(join(root, folder));
      await writeFile(join(root, folder, 'name'), `${name}\n`);
      await writeFile(join(root, folder, 'energy_uj'), `${energy}\n`);
      await writeFile(join(root, folder, 'max_energy_range_uj'), `${range}\n`);
    }
    return root;
  }

  it('adds packages and memory, and leaves out what lies inside or around them', async () => {
    const root = await powercap({
      'intel-rapl:0': { name: 'package-0', energy: 5000000 },
      'intel-rapl:0:0': { name: 'core', energy: 3000000 },
      'intel-rapl:0:1': { name: 'dram', energy: 1000000 },
      'intel-rapl:1': { name: 'psys', energy: 90000000 },
    });
    const counter = counterOf('rapl', { powercapRoot: root });
    close((await counter.read()).joules, 6);
    assert.equal(counter.boundary, 'package-0, dram (RAPL)');
    assert.equal(counter.scope, 'cpu-window');
    await rm(root, { recursive: true });
  });

  it('goes on where the counter wraps', async () => {
    const root = await powercap({ 'intel-rapl:0': { name: 'package-0', energy: 9500000, range: 10000000 } });
    const counter = counterOf('rapl', { powercapRoot: root });
    const first = await counter.read();
    await writeFile(join(root, 'intel-rapl:0', 'energy_uj'), '500000\n');
    const second = await counter.read();
    close(second.joules - first.joules, 1);
    await rm(root, { recursive: true });
  });

  it('says why it cannot be read', async () => {
    await assert.rejects(
      counterOf('rapl', { powercapRoot: '/nowhere/at/all' }).read(),
      /RAPL needs Linux on an Intel or AMD/,
    );
    const root = await powercap({});
    await assert.rejects(counterOf('rapl', { powercapRoot: root }).read(), /no RAPL zone of a CPU package/);
    await rm(root, { recursive: true });
  });
});

const fake = join(__dirname, '../../../../test/support/fakeNvidiaSmi.mjs');

describe('NVML through nvidia-smi', () => {
  const nvml = (meter: string, fields: string): EnergyCounter =>
    counterOf(meter, {
      nvidiaSmi: [process.execPath, fake],
      env: { ...process.env, FAKE_FIELDS: fields, FAKE_SECRETS: 'show', JOULELENS_API_KEY: 'sk-secret' },
    });

  it('integrates what is drawn now, where nvidia-smi can tell', async () => {
    const counter = nvml('nvml', 'power.draw.instant,power.draw');
    try {
      const first = await counter.read();
      const second = await counter.read();
      // The two lines of a round may come a moment apart.
      close((second.joules - first.joules) / (second.seconds - first.seconds), 250, 0.05);
      assert.equal(counter.boundary, 'GPU 0, 1 (NVML)');
      assert.match(counter.method ?? '', /power samples integrated \(nvidia-smi power\.draw\.instant\)/);
    } finally {
      counter.close();
    }
  });

  it('integrates the average of a second where an older one cannot, and reads the GPUs that are named', async () => {
    const counter = nvml('nvml:1', 'power.draw');
    try {
      const first = await counter.read();
      const second = await counter.read();
      const watts = (second.joules - first.joules) / (second.seconds - first.seconds);
      close(watts, 150, 1e-6);
      assert.equal(counter.boundary, 'GPU 1 (NVML)');
      assert.match(counter.method ?? '', /power samples integrated \(nvidia-smi power\.draw\)/);
    } finally {
      counter.close();
    }
  });

  it('says that there is no driver', async () => {
    const counter = counterOf('nvml', { nvidiaSmi: ['no-such-nvidia-smi'] });
    await assert.rejects(counter.read(), /no-such-nvidia-smi was not found; NVML needs an NVIDIA driver/);
    counter.close();
  });

  it('says what nvidia-smi says', async () => {
    const counter = nvml('nvml', 'none');
    await assert.rejects(counter.read(), /nvidia-smi gave no figure: Field "power.draw" is not a valid field/);
    counter.close();
  });
});

describe('a command', () => {
  const printing = (text: string): string => `command:"${process.execPath}" -e "process.stdout.write('${text}')"`;

  it('prints joules, or a figure with its unit', async () => {
    for (const [text, joules] of [
      ['153.25', 153.25],
      ['12.3 kWh', 12.3 * 3.6e6],
      ['starting\\n  7 mJ\\n', 0.007],
      ['2 watt-hours', 7200],
    ] as const) {
      const counter = counterOf(printing(text));
      close((await counter.read()).joules, joules);
      counter.close();
    }
  });

  it('prints watts, which are integrated', async () => {
    let clock = 0;
    const counter = counterOf(printing('71 W'), { now: () => clock, powerPeriodSeconds: 1000 });
    const first = await counter.read();
    clock = 10;
    close((await counter.read()).joules - first.joules, 710);
    assert.match(counter.method ?? '', /power samples integrated/);
    counter.close();
  });

  it('is started without a shell, and without our keys', async () => {
    const counter = counterOf(
      `command:"${process.execPath}" -e "console.error(process.argv.slice(1).join(), process.env.JOULELENS_API_KEY)" -- $HOME ;ls *`,
      { env: { ...process.env, JOULELENS_API_KEY: 'sk-secret' } },
    );
    await assert.rejects(counter.read(), /printed no figure/);
    const failing = counterOf(
      `command:"${process.execPath}" -e "console.error(process.argv.slice(1).join(), process.env.JOULELENS_API_KEY); process.exit(4)" -- $HOME ;ls *`,
      { env: { ...process.env, JOULELENS_API_KEY: 'sk-secret' } },
    );
    await assert.rejects(failing.read(), /failed \(4\): \$HOME,;ls,\* undefined/);
  });

  it('is given up where it does not end, is not there, or is cancelled', async () => {
    const slow = `command:"${process.execPath}" -e "setTimeout(() => {}, 60000)"`;
    await assert.rejects(counterOf(slow, { timeoutSeconds: 0.3 }).read(), /did not end within 0.3 s/);
    await assert.rejects(counterOf('command:no-such-program').read(), /no program "no-such-program" was found/);
    const cancel = new AbortController();
    const reading = counterOf(slow).read(cancel.signal);
    cancel.abort();
    await assert.rejects(reading, { code: 'cancelled' });
  });
});

describe('METER words', () => {
  const wrong: readonly [meter: string, message: RegExp][] = [
    ['nvlm', /Meter "nvlm": not known; there are nvml\[:0,1\], rapl, zeusd:URL/],
    ['nvml:a', /after nvml: come the indices of GPUs/],
    ['nvml:', /after nvml:/],
    ['rapl:1', /takes nothing after it/],
    ['prometheus:gpu1:9400', /must start with http/],
    ['prometheus:', /is not a URL/],
    ['prometheus:http://a:b@c/', /user name and password/],
    ['prometheus:http://c#metric', /comes metric,unit/],
    ['prometheus:http://c#metric,calories', /with a unit of J /],
    ['prometheus:http://c#9,J', /"9" is no metric/],
    ['zeusd:http://c#x', /GPU indices such as #0,1/],
    ['zeusd:', /is not a URL/],
    ['trtllm:ftp://c', /must start with http/],
    ['command:', /a program and its arguments/],
    ['command:"a', /a quote is not closed/],
  ];
  for (const [meter, message] of wrong) {
    it(`"${meter}" is refused in one line`, () => {
      const made = createCounter(meter);
      assert.ok('problem' in made);
      assert.match(made.problem, message);
      assert.ok(!made.problem.includes('\n'));
    });
  }

  it('simulated says that it is', async () => {
    let clock = 1;
    const counter = counterOf('simulated', { now: () => clock });
    const first = await counter.read();
    clock = 3;
    close((await counter.read()).joules - first.joules, 600);
    assert.equal(counter.provenance, 'simulated');
  });
});
