import swagger from "@fastify/swagger";
import fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { mismatches } from "../../base/schema.ts";
import type { Service } from "../service.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { acceptOnlyJson, answerToOwnNameOnly, bodyLimitBytes } from "./limits.ts";
import { requestError, statusOf, toProblem } from "./problem.ts";
import { recommendationRoutes } from "./recommendations.ts";

export interface AppOptions {
  readonly log?: FastifyBaseLogger;
  /** Version of the program, shown in `/openapi.json`. */
  readonly version: string;
}

/** The HTTP face of a service, not yet listening; `app.inject` answers without a socket. */
export async function createApp(service: Service, { log, version }: AppOptions): Promise<FastifyInstance> {
  const app = fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    bodyLimit: bodyLimitBytes,
    disableRequestLogging: true,
    routerOptions: { maxParamLength: 800 },
  });
  app.setValidatorCompiler(validatorCompiler);
  acceptOnlyJson(app);
  answerToOwnNameOnly(app);
  convertErrors(app);
  logAnswers(app);
  await app.register(swagger, openApi(version));
  app.register(async (scope) => {
    eventRoutes(scope, service);
    recommendationRoutes(scope, service);
    healthRoutes(scope, service);
    scope.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
  });
  return app;
}

/** Bodies are taken as they are; parameters are texts, so `n=5` becomes a number first. */
const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const compiled = Compile(schema);
  return (given: unknown) => {
    const value = httpPart === "body" ? given : Value.Default(schema, Value.Convert(schema, given));
    return compiled.Check(value) ? { value } : { error: requestError(mismatches(schema, value)) };
  };
};

function convertErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const status = statusOf(error);
    // Only our own failures are logged whole: what a caller sent may be personal.
    if (status >= 500 && status !== 503) request.log.error({ err: error }, "request failed");
    return reply.code(status).type("application/problem+json").send(toProblem(error, request.id));
  });
  app.setNotFoundHandler((request, reply) => {
    const error = Object.assign(
      new Error("There is nothing at this path; /openapi.json lists what there is."),
      {
        statusCode: 404,
      },
    );
    return reply.code(404).type("application/problem+json").send(toProblem(error, request.id));
  });
}

/** One line an answer: the route, never the path, which names a person. */
function logAnswers(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "(none)";
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ method: request.method, route, status: reply.statusCode, ms }, "answered");
  });
}

function openApi(version: string) {
  const description = "Post one event, and the very next recommendation is personal.";
  return { openapi: { openapi: "3.1.0", info: { title: "Foretaste", version, description } } };
}
