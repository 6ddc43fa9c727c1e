import assert from 'node:assert/strict';
import { originOf, settingText, travelsInClear, urlProblem } from '../../../extension/measure/endpointUrl.js';

describe('the base URL of an endpoint', () => {
  for (const url of ['http://127.0.0.1:8000/v1', 'https://api.example.com/openai/v1/']) {
    it(`${url} is fine`, () => assert.equal(urlProblem(url), null));
  }

  const bad: [string, RegExp][] = [
    ['api.example.com', /no URL/],
    ['ftp://example.com/v1', /http/],
    ['https://me:secret@example.com/v1', /password/],
    ['https://example.com/v1/chat/completions', /ends in \/v1/],
  ];
  for (const [url, why] of bad) {
    it(`${url} is refused with a reason`, () => assert.match(urlProblem(url) ?? '', why));
  }

  it('a setting of the wrong type is refused with a reason too', () => {
    for (const value of [42, true, {}, ['http://127.0.0.1/v1']]) assert.ok(urlProblem(settingText(value)) !== null);
    assert.equal(settingText(undefined), '');
    assert.equal(settingText(null), '');
    assert.equal(settingText(' http://127.0.0.1/v1 '), 'http://127.0.0.1/v1');
  });

  it('keys belong to an origin, whatever the path', () => {
    assert.equal(originOf('https://api.example.com/a/v1'), originOf('https://api.example.com/b/v1'));
    assert.notEqual(originOf('https://api.example.com/v1'), originOf('http://api.example.com/v1'));
    assert.notEqual(originOf('http://127.0.0.1:1/v1'), originOf('http://127.0.0.1:2/v1'));
  });

  it('warns of plain http except on this machine', () => {
    assert.equal(travelsInClear('http://gpu.lan:8000/v1'), true);
    assert.equal(travelsInClear('https://gpu.lan/v1'), false);
    assert.equal(travelsInClear('http://127.0.0.1:8000/v1'), false);
    assert.equal(travelsInClear('http://[::1]:8000/v1'), false);
  });
});
