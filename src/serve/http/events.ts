import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Service } from "../service.ts";
import { batchLimit } from "./limits.ts";
import { idSchema, problemSchema } from "./schemas.ts";

const event = Type.Object(
  {
    id: Type.Optional(idSchema("Makes posting twice harmless; made by the service when absent")),
    user: idSchema("Created when unknown"),
    item: idSchema("Created when unknown"),
    type: Type.String({
      minLength: 1,
      maxLength: 50,
      pattern: "^[^\\u0000]*$",
      description: "rate (needs a value), like, dislike, buy, view or a word of your own",
    }),
    value: Type.Optional(Type.Number({ description: "On the scale of the model" })),
    time: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1e11, description: "Unix time in seconds; now when absent" }),
    ),
  },
  { additionalProperties: false, title: "Event" },
);

const schema = {
  summary: "Store one event or a batch",
  description:
    "Stored on disk when the answer comes; the next recommendation of these users takes it into account.",
  body: Type.Union([event, Type.Array(event, { minItems: 1, maxItems: batchLimit })]),
  response: {
    200: Type.Object({
      accepted: Type.Integer(),
      duplicates: Type.Integer({ description: "Events whose id was stored already" }),
      ids: Type.Array(Type.String(), { description: "One id an event, in the order given" }),
    }),
    "4xx": problemSchema,
    "5xx": problemSchema,
  },
};

/** `POST /v1/events` */
export function eventRoutes(app: FastifyInstance, service: Service): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  typed.post("/v1/events", { schema }, async ({ body }) => {
    const { accepted, duplicates, ids } = await service.addEvents(Array.isArray(body) ? body : [body]);
    return { accepted, duplicates, ids: [...ids] };
  });
}
