import { expect, it } from 'vitest';
import { imageHost, registryName } from '../../../src/domain/registry-name.ts';

it.each([
  ['https://registry.example.com', 'registry.example.com'],
  ['http://127.0.0.1:5000', '127.0.0.1:5000'],
  ['https://registry-1.docker.io', 'docker.io'],
  ['https://index.docker.io', 'docker.io'],
  ['https://docker.io', 'docker.io'],
  ['http://registry.example.com:443', 'registry.example.com'],
  ['http://registry.example.com:5000', 'registry.example.com:5000'],
  ['https://bücher.example', 'xn--bcher-kva.example'],
  ['https://[0:0:0:0:0:0:0:1]:5000', '[::1]:5000'],
])('images name the registry at %s as %s', (url, name) => {
  expect(registryName(new URL(url))).toBe(name);
});

it('takes no other writing of a name for the name: what an event calls itself is not looked up', () => {
  expect(imageHost('registry\u3002example\u3002com')).toBe('registry\u3002example\u3002com');
});
