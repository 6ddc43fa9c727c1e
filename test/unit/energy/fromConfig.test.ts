import assert from 'node:assert/strict';
import fc from 'fast-check';
import models from '../../../server/core/data/models.json';
import type { Architecture } from '../../../server/core/energy/architecture.js';
import { architectureFromConfig, ConfigError } from '../../../server/core/energy/fromConfig.js';

const DENSE = {
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 128256,
  torch_dtype: 'bfloat16',
};
const read = (config: unknown): Architecture => architectureFromConfig('test', config);
const byId = (id: string): Architecture => {
  const row = models.open.find((each) => each.id === id);
  assert.ok(row, id);
  return architectureFromConfig(id, row.config);
};

describe('architecture from config.json', () => {
  for (const row of models.open) {
    it(`counts the parameters of ${row.id} within 1 % of the published total`, () => {
      const arch = architectureFromConfig(row.id, row.config);
      const off = Math.abs(arch.totalParams / row.published.totalParams - 1);
      assert.ok(off < 0.01, `${arch.totalParams} against ${row.published.totalParams}`);
      assert.ok(arch.activeParams <= arch.totalParams);
    });
  }

  it('derives KV bytes per token as the measurements state them', () => {
    const elements = (id: string): number =>
      byId(id).attention.reduce((sum, group) => sum + group.layers * group.kvElementsPerTokenPerLayer, 0);
    assert.equal(elements('meta-llama/Llama-3.1-8B-Instruct') * 2, 131072);
    assert.equal(elements('Qwen/Qwen3-235B-A22B-Instruct-2507') * 2, 192512);
    assert.equal(elements('nvidia/NVIDIA-Nemotron-Nano-9B-v2') * 2, 16384);
    assert.equal(elements('openai/gpt-oss-120b') * 2, 73728);
    assert.equal(elements('deepseek-ai/DeepSeek-V3'), 61 * 576);
  });

  it('reads sliding windows by family', () => {
    const groups = (id: string) =>
      byId(id).attention.map(({ kind, layers, windowTokens }) => [kind, layers, windowTokens] as const);
    assert.deepEqual(groups('google/gemma-3-12b-it'), [
      ['sliding', 40, 1024],
      ['full', 8, null],
    ]);
    assert.deepEqual(groups('google/gemma-2-27b-it'), [
      ['sliding', 23, 4096],
      ['full', 23, null],
    ]);
    assert.deepEqual(groups('openai/gpt-oss-20b'), [
      ['sliding', 12, 128],
      ['full', 12, null],
    ]);
    assert.deepEqual(groups('meta-llama/Llama-4-Scout-17B-16E-Instruct'), [
      ['sliding', 36, 8192],
      ['full', 12, null],
    ]);
    assert.deepEqual(groups('mistralai/Mistral-7B-Instruct-v0.1'), [['sliding', 32, 4096]]);
    assert.deepEqual(groups('Qwen/Qwen2.5-7B-Instruct'), [['full', 28, null]]);
    assert.deepEqual(groups('microsoft/Phi-3.5-mini-instruct'), [['full', 32, null]]);
    assert.deepEqual(groups('ibm-granite/granite-4.0-h-small'), [
      ['recurrent', 36, null],
      ['full', 4, null],
    ]);
  });

  it('reads attention that differs between full and sliding layers', () => {
    const { attention } = architectureFromConfig('x', {
      ...DENSE,
      num_hidden_layers: 60,
      layer_types: Array.from({ length: 60 }, (_, layer) => (layer % 6 === 5 ? 'full_attention' : 'sliding_attention')),
      sliding_window: 1024,
      num_key_value_heads: 16,
      head_dim: 256,
      num_global_key_value_heads: 4,
      global_head_dim: 512,
    });
    assert.deepEqual(
      attention.map((group) => [group.kind, group.layers, group.kvElementsPerTokenPerLayer]),
      [
        ['sliding', 50, 2 * 16 * 256],
        ['full', 10, 2 * 4 * 512],
      ],
    );
  });

  it('reads layers listed by name, one block each, and counts them', () => {
    const config = {
      ...DENSE,
      model_type: 'nemotron_h',
      num_hidden_layers: undefined,
      layers_block_type: ['mamba', 'moe', 'attention', 'mlp'],
      mamba_num_heads: 64,
      mamba_head_dim: 64,
      ssm_state_size: 128,
      n_routed_experts: 8,
      num_experts_per_tok: 2,
      moe_intermediate_size: 1024,
    };
    const arch = read(config);
    assert.equal(arch.layers, 4);
    assert.deepEqual(arch.attention.map(({ kind, layers }) => [kind, layers]), [['recurrent', 1], ['full', 1]]); // prettier-ignore
    assert.equal(arch.expertParams, 8 * 2 * 4096 * 1024);
  });

  it('takes a new kind of attention for full attention, and says so', () => {
    const arch = read({ ...DENSE, layer_types: Array(32).fill('fancy_sparse_attention') });
    assert.equal(arch.attention[0]!.kind, 'full');
    assert.ok(arch.notes.some((note) => note.includes('fancy_sparse_attention')));
  });

  it('does not take the sampling setting top_k for experts per token', () => {
    assert.throws(() => read({ ...DENSE, num_local_experts: 64, top_k: 50 }), /num_experts_per_tok/);
  });

  it('reads experts', () => {
    const arch = byId('deepseek-ai/DeepSeek-V3');
    assert.deepEqual([arch.experts, arch.expertsPerToken, arch.moeLayers], [256, 8, 58]);
    const maverick = byId('meta-llama/Llama-4-Maverick-17B-128E-Instruct');
    assert.deepEqual([maverick.experts, maverick.expertsPerToken, maverick.moeLayers], [128, 1, 24]);
    assert.equal(byId('meta-llama/Llama-3.1-8B-Instruct').expertParams, 0);
  });

  it('counts a tied embedding once, and reads it in every step', () => {
    const untied = read({ ...DENSE, tie_word_embeddings: false });
    const tied = read({ ...DENSE, tie_word_embeddings: true });
    assert.equal(untied.totalParams - tied.totalParams, 128256 * 4096);
    assert.equal(untied.sharedReadParams, tied.sharedReadParams);
  });

  it('reads the precision: quantization_config before torch_dtype', () => {
    const precision = (quantization_config: unknown, torch_dtype: unknown = 'bfloat16') =>
      read({ ...DENSE, torch_dtype, quantization_config }).nativePrecision;
    assert.equal(precision(undefined), 'bf16');
    assert.equal(precision(null, 'torch.float16'), 'fp16');
    assert.equal(precision(null, null), null);
    assert.equal(precision({ quant_method: 'fp8' }), 'fp8');
    assert.equal(precision({ quant_method: 'fbgemm_fp8' }), 'fp8');
    assert.equal(precision({ quant_method: 'mxfp4' }), 'mxfp4');
    assert.equal(precision({ quant_method: 'gptq', bits: 4 }), 'int4');
    assert.equal(precision({ quant_method: 'gptq', bits: 8 }), 'int8');
    assert.equal(precision({ quant_method: 'awq', bits: 4 }), 'int4');
    assert.equal(precision({ quant_method: 'bitsandbytes', load_in_4bit: true }), 'int4-bnb');
    assert.equal(precision({ quant_method: 'bitsandbytes', load_in_8bit: true }), 'int8-bnb');
    const group = (num_bits: number, type: string) => ({
      quant_method: 'compressed-tensors',
      config_groups: { group_0: { weights: { num_bits, type } } },
    });
    assert.equal(precision(group(8, 'float')), 'fp8');
    assert.equal(precision(group(8, 'int')), 'int8');
    assert.equal(precision(group(4, 'int')), 'int4');
    const odd = read({ ...DENSE, quantization_config: { quant_method: 'martian' } });
    assert.equal(odd.nativePrecision, 'bf16');
    assert.ok(odd.notes.some((note) => note.includes('martian')));
  });

  it('counts what a checkpoint leaves in 16 bit', () => {
    const attention = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024);
    const kept = (modules: string[]) =>
      read({ ...DENSE, quantization_config: { quant_method: 'fp8', modules_to_not_convert: modules } })
        .sixteenBitParams;
    assert.equal(kept(['lm_head']), undefined);
    assert.equal(kept(['model.layers.*.self_attn', 'lm_head']), attention);
    assert.equal(kept(['re:.*self_attn.*']), attention);
    assert.equal(kept(['model.layers.3.mlp.gate_proj', 'model.layers.3.mlp.up_proj']), 3 * 4096 * 14336);
  });

  it('reads sizes that MPT and DBRX keep in groups', () => {
    const dbrx = read({
      model_type: 'dbrx',
      d_model: 6144,
      n_heads: 48,
      n_layers: 40,
      vocab_size: 100352,
      attn_config: { kv_n_heads: 8, clip_qkv: 8, model_type: '' },
      ffn_config: { ffn_hidden_size: 10752, moe_num_experts: 16, moe_top_k: 4, model_type: '' },
    });
    assert.ok(Math.abs(dbrx.totalParams / 131.6e9 - 1) < 0.01, String(dbrx.totalParams));
    assert.ok(Math.abs(dbrx.activeParams / 35.9e9 - 1) < 0.01, String(dbrx.activeParams));
    assert.equal(dbrx.attention[0]!.kvHeads, 8);
  });

  it('reads numbers listed once per layer: their one value, or their mean with a note', () => {
    const experts = { ...DENSE, num_experts: 64, num_shared_expert: Array(32).fill(1) };
    const same = read({ ...experts, moe_topk: Array(32).fill(8), moe_intermediate_size: Array(32).fill(3072) });
    assert.equal(same.expertsPerToken, 8);
    assert.equal(same.expertParams, 32 * 64 * 3 * 4096 * 3072);
    assert.deepEqual(same.notes, []);
    const mixed = read({ ...experts, moe_topk: [...Array(16).fill(1), ...Array(16).fill(3)] });
    assert.equal(mixed.expertsPerToken, 2);
    assert.ok(mixed.notes.some((note) => note.includes('moe_topk') && note.includes('2')));
  });

  it('reads the first and last layer with experts', () => {
    const ernie = { ...DENSE, moe_num_experts: 8, moe_k: 2, moe_intermediate_size: 1536 };
    assert.equal(read({ ...ernie, moe_layer_start_index: 1 }).moeLayers, 31);
    assert.equal(read({ ...ernie, moe_layer_start_index: 2, moe_layer_end_index: 29 }).moeLayers, 28);
  });

  it('words what it refuses for people', () => {
    const message = (change: Record<string, unknown>): string => {
      try {
        read({ ...DENSE, ...change });
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    assert.equal(message({ hidden_size: 1.5 }), 'config: hidden_size: expected a whole number (it is 1.5)');
    assert.equal(
      message({ tie_word_embeddings: 'yes' }),
      'config: tie_word_embeddings: expected true or false (it is "yes")',
    );
    assert.match(message({ moe_layer_freq: 'x' }), /^config: moe_layer_freq: not a value that this field takes/);
  });

  const bad: [name: string, change: Record<string, unknown>, field: string][] = [
    ['no hidden_size', { hidden_size: undefined }, 'hidden_size'],
    ['no layers', { num_hidden_layers: null }, 'num_hidden_layers'],
    ['no vocabulary', { vocab_size: undefined }, 'vocab_size'],
    ['no heads', { num_attention_heads: undefined }, 'num_attention_heads'],
    ['no feed-forward size', { intermediate_size: undefined }, 'intermediate_size'],
    ['negative layers', { num_hidden_layers: -1 }, 'num_hidden_layers'],
    ['text for a number', { hidden_size: '4096' }, 'hidden_size'],
    ['a fraction', { hidden_size: 4096.5 }, 'hidden_size'],
    ['heads that do not divide', { num_attention_heads: 33, num_key_value_heads: 33 }, 'num_attention_heads'],
    ['KV heads that do not divide', { num_key_value_heads: 7 }, 'num_key_value_heads'],
    ['more experts per token than experts', { num_local_experts: 4, num_experts_per_tok: 8 }, 'num_experts_per_tok'],
    ['experts without a count per token', { num_local_experts: 4 }, 'num_experts_per_tok'],
    ['layer kinds of another length', { layer_types: ['full_attention'] }, 'layer_types'],
    ['a layer kind nobody knows', { layer_types: Array(32).fill('magic') }, 'layer_types'],
    ['a pattern of another length', { hybrid_override_pattern: 'M-*' }, 'hybrid_override_pattern'],
    ['latent attention without its sizes', { kv_lora_rank: 512 }, 'qk_nope_head_dim'],
    [
      'recurrent layers without a state',
      { layer_types: Array(32).fill('mamba'), num_attention_heads: 0 },
      'ssm_state_size',
    ],
    ['an unsupported family', { model_type: 't5' }, 'model_type'],
  ];
  for (const [name, change, field] of bad) {
    it(`refuses ${name}, naming ${field}`, () => {
      assert.throws(
        () => read({ ...DENSE, ...change }),
        (error: unknown) => error instanceof ConfigError && error.field === field && error.message.includes(field),
      );
    });
  }

  it('refuses what is no object', () => {
    for (const value of [null, 1, 'x', [], undefined]) assert.throws(() => read(value), ConfigError);
  });

  it('gives finite positive figures or a ConfigError, whatever the fields', () => {
    const names = [...new Set(models.open.flatMap((row) => Object.keys(row.config)))];
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        0,
        1,
        -1,
        1e308,
        NaN,
        null,
        true,
        false,
        '',
        'x',
        [],
        {},
        0.5,
        64,
        4096,
        ['mamba'],
        [0, 1],
      ),
      fc.integer({ min: 1, max: 300_000 }),
    );
    const changes = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 });
    const bases = fc.constantFrom(...models.open.map((row) => row.config as Record<string, unknown>));
    fc.assert(
      fc.property(bases, changes, (base, change) => {
        let arch: Architecture;
        try {
          arch = read({ ...base, ...change });
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
          return;
        }
        for (const figure of Object.values(arch))
          if (typeof figure === 'number') assert.ok(figure >= 0 && figure < 1e300);
        assert.ok(arch.totalParams > 0 && arch.sharedReadParams <= arch.totalParams);
        for (const group of arch.attention) {
          for (const figure of Object.values(group)) if (typeof figure === 'number') assert.ok(Number.isFinite(figure));
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});
