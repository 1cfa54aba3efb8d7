import { CAPABILITIES } from '../domain/registry-kind.ts';

const OBJECT = { type: 'object', additionalProperties: true };
const TEXT = { type: 'string' };

function parameter(name: string, schema: object, place = 'query'): object {
  return { name, in: place, required: place === 'path', schema };
}

function answer(description: string, schema: object): object {
  return { description, content: { 'application/json': { schema } } };
}

const ERROR = answer('What is wrong.', {
  type: 'object',
  required: ['code', 'message'],
  properties: { code: TEXT, message: TEXT },
});

const REGISTRY = {
  type: 'object',
  required: ['registry', 'host', 'kind', 'capabilities'],
  properties: {
    registry: TEXT,
    host: TEXT,
    kind: { type: ['string', 'null'] },
    capabilities: {
      type: 'array',
      items: {
        type: 'object',
        required: ['capability', 'support', 'by'],
        properties: {
          capability: { enum: CAPABILITIES },
          support: { enum: ['yes', 'no', 'untold'] },
          by: { enum: ['kind', 'reading', 'writing'] },
          repository: { type: ['string', 'null'], description: 'Where it was seen.' },
          at: { type: 'string', format: 'date-time' },
        },
      },
    },
  },
};

/** The description of the API (OpenAPI 3.1), served as `/api/v1/openapi.json`. */
export const OPENAPI = {
  openapi: '3.1.0',
  info: { title: 'Lazaret', version: 'v1', description: 'Reads what Lazaret has on record.' },
  security: [{ token: [] }],
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: {
    '/api/v1/subjects': {
      get: {
        summary: 'The images on record, newest first.',
        parameters: [
          parameter('outcome', { enum: ['pass', 'fail-evidence', 'fail-missing', 'indeterminate', 'rejected-input'] }),
          parameter('state', { enum: ['pending', 'waiting', 'final', 'evidence', 'artifact', 'gone', 'parked'] }),
          parameter('mark', { enum: ['none', 'quarantined', 'released'] }),
          parameter('registry', TEXT),
          parameter('repository', TEXT),
          parameter('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }),
          parameter('cursor', { ...TEXT, description: '`next` of the page before.' }),
        ],
        responses: {
          200: answer('One page.', {
            type: 'object',
            required: ['subjects', 'next'],
            properties: { subjects: { type: 'array', items: OBJECT }, next: { type: ['string', 'null'] } },
          }),
          400: ERROR,
          401: ERROR,
        },
      },
    },
    '/api/v1/could-not-tell': {
      get: {
        summary: 'How many images could not be told by now, why, and which: the newest of each repository first.',
        parameters: [parameter('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 })],
        responses: {
          200: answer('All causes, and some of the images.', {
            type: 'object',
            required: ['count', 'causes', 'images'],
            properties: {
              count: { type: 'integer' },
              causes: { type: 'array', items: OBJECT },
              images: { type: 'array', items: OBJECT },
            },
          }),
          400: ERROR,
          401: ERROR,
        },
      },
    },
    '/api/v1/rehearsal': {
      get: {
        summary: 'The registry writes that were put on record instead of being made, newest first.',
        parameters: [
          parameter('since', { ...TEXT, format: 'date-time', description: 'Default: a week ago.' }),
          parameter('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }),
          parameter('cursor', { ...TEXT, description: '`next` of the page before.' }),
        ],
        responses: {
          200: answer('One page.', {
            type: 'object',
            required: ['writes', 'next'],
            properties: { writes: { type: 'array', items: OBJECT }, next: { type: ['string', 'null'] } },
          }),
          400: ERROR,
          401: ERROR,
        },
      },
    },
    '/api/v1/held': {
      get: {
        summary: 'The quarantines that a limit holds back, oldest first.',
        parameters: [
          parameter('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 }),
          parameter('after', { ...TEXT, description: '`next` of the page before.' }),
        ],
        responses: {
          200: answer('One page.', {
            type: 'object',
            required: ['held', 'next'],
            properties: { held: { type: 'array', items: OBJECT }, next: { type: ['string', 'null'] } },
          }),
          400: ERROR,
          401: ERROR,
        },
      },
    },
    '/api/v1/audit': {
      get: {
        summary:
          'What people did by hand, newest first: releases, quarantines, and what limits held back and was let go.',
        parameters: [parameter('limit', { type: 'integer', minimum: 1, maximum: 200, default: 50 })],
        responses: {
          200: answer('The newest entries.', {
            type: 'object',
            required: ['entries'],
            properties: { entries: { type: 'array', items: OBJECT } },
          }),
          400: ERROR,
          401: ERROR,
        },
      },
    },
    '/api/v1/registries': {
      get: {
        summary: 'What can be done in each registry, and how that is known.',
        responses: {
          200: answer('All registries.', {
            type: 'object',
            required: ['registries'],
            properties: { registries: { type: 'array', items: REGISTRY } },
          }),
          401: ERROR,
        },
      },
    },
    '/api/v1/subjects/{registry}/{repository}@{digest}': {
      get: {
        summary: 'Everything on record about one image: verdicts with findings, events and effects.',
        parameters: [
          parameter('registry', TEXT, 'path'),
          parameter('repository', { ...TEXT, description: 'May hold slashes.' }, 'path'),
          parameter('digest', TEXT, 'path'),
        ],
        responses: { 200: answer('The image.', OBJECT), 400: ERROR, 401: ERROR, 404: ERROR },
      },
    },
  },
};
