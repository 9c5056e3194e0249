import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Service } from "../service.ts";
import { problemSchema } from "./schemas.ts";

const live = {
  summary: "The process answers",
  response: { 200: Type.Object({ status: Type.Literal("ok") }) },
};

const ready = {
  summary: "The store and the model answer",
  response: {
    200: Type.Object({ status: Type.Literal("ok"), model: Type.String() }),
    503: problemSchema,
  },
};

/** `GET /health/live` (restart me when it fails) and `GET /health/ready` (send me nothing while it fails). */
export function healthRoutes(app: FastifyInstance, service: Service): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  typed.get("/health/live", { schema: live }, async () => ({ status: "ok" as const }));
  typed.get("/health/ready", { schema: ready }, async (request) => {
    try {
      return await service.ready();
    } catch (cause) {
      request.log.error({ err: cause }, "not ready");
      throw Object.assign(new Error("not ready", { cause }), { statusCode: 503 });
    }
  });
}
