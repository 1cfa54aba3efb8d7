import type { FastifyPluginAsync } from 'fastify';

/** The text of the metrics, in Prometheus's format. */
export interface MetricsText {
  readonly contentType: string;
  render(): Promise<string>;
}

/** Serves `/metrics`. No label holds an image's name, so it needs no token. */
export function createMetricsRoutes(metrics: MetricsText): FastifyPluginAsync {
  return async (app) => {
    app.get('/metrics', async (_request, reply) => {
      const text = await metrics.render();
      return reply.header('content-type', metrics.contentType).send(text);
    });
  };
}
