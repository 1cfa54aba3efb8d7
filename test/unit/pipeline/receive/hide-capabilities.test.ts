import { describe, expect, it } from 'vitest';
import { hideCapabilities } from '../../../../src/pipeline/receive/hide-capabilities.ts';

const CALLBACK = 'https://registry.hub.docker.com/u/acme/app/hook/5ecre7-c4llb4ck/';

function hide(text: string): string {
  return Buffer.from(hideCapabilities(Buffer.from(text))).toString();
}

describe('A10: what is parked', () => {
  it.each([
    ['as it is sent', JSON.stringify({ callback_url: CALLBACK, push_data: {} })],
    ['indented', JSON.stringify({ a: [{ callback_url: CALLBACK }], tag: 'v1' }, null, 4)],
    ['with escaped slashes', JSON.stringify({ callback_url: CALLBACK }).replaceAll('/', '\\/')],
    ['within a text of JSON', JSON.stringify({ Message: JSON.stringify({ callback_url: CALLBACK }) })],
    ['cut short within the URL', `{"callback_url": "${CALLBACK}`],
    ['as a form', `payload=${encodeURIComponent(JSON.stringify({ callback_url: CALLBACK }))}`],
    ['twice', `{"callback_url":"${CALLBACK}","callback_url":"${CALLBACK}"}`],
    ['under another name', JSON.stringify({ SubscribeURL: CALLBACK, Token: '5ecre7', validationCode: '5ecre7' })],
  ])('keeps no callback: %s', (_how, body) => {
    expect(hide(body)).not.toContain('5ecre7');
    expect(hide(body)).toContain('(not kept)');
  });

  it('keeps everything around it, so that what was wrong can still be seen', () => {
    const body = { callback_url: CALLBACK, push_data: { tag: 'v1' }, AccessToken: 'a name that only ends like one' };
    expect(JSON.parse(hide(JSON.stringify(body)))).toEqual({ ...body, callback_url: '(not kept)' });
  });

  it('is the very same body where it holds none', () => {
    const body = Buffer.from([0xff, 0x00, 0x7b, 0x22, 0x61]);
    expect(hideCapabilities(body)).toBe(body);
  });

  it.each(['\\', '"', '-', 'a'])('is read once, whatever stands behind the name: %j', (character) => {
    const body = `callback_url${character.repeat(500_000)}`;
    expect(hide(body).length).toBeLessThanOrEqual(body.length);
  });
});
