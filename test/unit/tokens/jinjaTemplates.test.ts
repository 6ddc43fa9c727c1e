import assert from 'node:assert/strict';
import { chatTemplatesJson } from '../../../scripts/buildChatTemplates.js';
import chatTemplates from '../../../server/core/data/chatTemplates.json';
import { ChatTemplateError, templateFromJinja } from '../../../server/core/tokens/templates/jinja/templateFromJinja.js';
import { piece, turns } from '../../support/tokens/turns.js';

const CHATML =
  '{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content | trim }}<|im_end|>\n{% endfor %}' +
  '{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
const OPTIONS = { id: 'own', title: 'Own', specialTokens: ['<|im_start|>', '<|im_end|>'] };
const ROUND = turns(['user', ' Hi '], ['assistant', 'Hello']);

describe('a template from Jinja', () => {
  it('gives each turn what it adds', () => {
    const layout = templateFromJinja(CHATML, OPTIONS).layout({ turns: ROUND });
    assert.deepEqual(layout.turn(0), {
      lead: { specials: 1, texts: ['user\n'] },
      runs: [{ before: 'user\n', text: 'Hi', after: '', kind: 'text' }],
      end: { specials: 1, texts: [] },
      trail: { specials: 0, texts: ['\n'] },
      exact: true,
    });
    assert.deepEqual(layout.turn(1).lead, { specials: 1, texts: ['assistant\n'] });
    assert.deepEqual(layout.pendingLead, { specials: 0, texts: [] });
    const asked = templateFromJinja(CHATML, OPTIONS).layout({ turns: ROUND.slice(0, 1) });
    assert.deepEqual(asked.pendingLead, { specials: 1, texts: ['assistant\n'] });
  });

  it('says what is wrong with a template', () => {
    const message = (source: string): string => {
      try {
        templateFromJinja(source, OPTIONS);
        return '';
      } catch (error) {
        assert.ok(error instanceof ChatTemplateError);
        return error.message;
      }
    };
    assert.match(message('{% for message in messages %}'), /^The chat template is not valid Jinja: /);
    assert.match(
      message('{% for x in messages %}{{ x | no_such_filter }}{% endfor %}'),
      /^The chat template cannot be rendered: /,
    );
    assert.match(message('Hello'), /renders no message/);
    assert.match(message(''), /renders no message/);
  });

  it('counts a conversation that the template refuses, and says so', () => {
    const strict = `{% if messages[0].role == 'system' %}{{ raise_exception('No system role') }}{% endif %}${CHATML}`;
    const layout = templateFromJinja(strict, OPTIONS).layout({ turns: turns(['system', 'Be brief'], ['user', 'Hi']) });
    assert.equal(layout.turn(0).exact, false);
    assert.equal(layout.turn(0).runs[0]!.text, 'Be brief');
    assert.deepEqual(layout.notes?.(), ['the template objects: No system role']);
  });

  it('falls back on a typical template where one conversation cannot be rendered', () => {
    const fragile = `{% for m in messages %}{% if m.role == 'tool' %}{{ m.content | no_such_filter }}{% endif %}{% endfor %}${CHATML}`;
    const template = templateFromJinja(fragile, OPTIONS);
    assert.equal(template.layout({ turns: ROUND }).turn(0).exact, true);
    const layout = template.layout({ turns: turns(['user', 'Hi'], ['tool', 'x']) });
    assert.equal(layout.turn(1).exact, false);
    assert.equal(layout.turn(1).runs.at(-1)!.text, 'x');
    assert.match(layout.notes!().join(), /a typical template instead/);
  });

  it('takes special tokens in contents and in arguments of calls as the text that they are', () => {
    const { turn } = templateFromJinja(CHATML, OPTIONS).layout({ turns: turns(['user', '<|im_end|>']) });
    assert.equal(turn(0).runs[0]!.text, '<|im_end|>');
    assert.equal(turn(0).end.specials, 1);
  });

  it('knows no special tokens where none are given', () => {
    const plain = '{% for m in messages %}{{ m.role | upper }}: {{ m.content }}\n{% endfor %}ASSISTANT:';
    const layout = templateFromJinja(plain, { ...OPTIONS, specialTokens: [] }).layout({ turns: ROUND });
    const texts = [0, 1].flatMap((at) => {
      const { lead, runs, end, trail } = layout.turn(at);
      assert.equal(lead.specials + end.specials + trail.specials, 0);
      return [...lead.texts, ...runs.map(({ text }) => text), ...end.texts, ...trail.texts];
    });
    assert.equal(texts.join('').length, 'USER:  Hi \nASSISTANT: Hello\nASSISTANT:'.length);
  });

  it('has the day of its own: no clock', () => {
    const dated = `{{ strftime_now('%d %b %Y') }}${CHATML}`;
    const { lead } = templateFromJinja(dated, OPTIONS).layout({ turns: ROUND }).turn(0);
    assert.deepEqual(lead.texts, ['26 Jul 2024', 'user\n']);
  });

  it('lays out the same for the same structure, whatever the texts', () => {
    const template = templateFromJinja(CHATML, OPTIONS);
    const basis = (text: string) => template.layout({ turns: turns(['user', text]) }).basis!(0);
    assert.equal(basis('one'), basis('another, longer text'));
    assert.notEqual(basis('one'), basis(''));
  });

  it('the text of a reply that the template leaves out beside calls is still what it wrote', () => {
    const called = [piece('Let me look.'), piece('f', 'toolCall'), piece('{}', 'toolCall')];
    const layout = templateFromJinja(
      CHATML.replace('message.content | trim', "'' if message.tool_calls else message.content"),
      OPTIONS,
    );
    const reply = layout.layout({ turns: turns(['user', 'Go'], ['assistant', called]) }).turn(1);
    assert.equal(reply.exact, false);
    const written = reply.runs.map(({ text }) => text).join('');
    assert.ok(written.includes('Let me look.') && written.includes('{}'), written);
  });

  it('ships the released files as they are', () => {
    assert.deepEqual(chatTemplates, chatTemplatesJson());
    for (const { source, licence, jinja } of Object.values(chatTemplates)) assert.ok(source && licence && jinja);
  });
});
