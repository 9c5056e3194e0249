import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import type { FastifyInstance } from "fastify";
import { Type } from "typebox";
import type { Service } from "../service.ts";
import { idSchema, problemSchema } from "./schemas.ts";

const reason = Type.Object({
  kind: Type.Union(
    (["event", "item", "popularity", "prior", "features"] as const).map((kind) => Type.Literal(kind)),
  ),
  item: Type.Optional(Type.String({ description: "The item of the person's own event" })),
  title: Type.Optional(Type.String()),
  contribution: Type.Number(),
});

const recommendation = Type.Object(
  {
    id: Type.String(),
    title: Type.Optional(Type.String()),
    score: Type.Number(),
    uncertainty: Type.Optional(Type.Number({ description: "Standard deviation of the score" })),
    reasons: Type.Array(reason, { description: "Contributions that sum to the score" }),
  },
  { title: "Recommendation" },
);

const schema = {
  summary: "Recommend to one person, from the events stored up to now",
  description: "Somebody unknown gets what a stranger gets; items the person has events on are left out.",
  params: Type.Object({ id: idSchema("The user") }),
  querystring: Type.Object(
    { n: Type.Integer({ minimum: 1, maximum: 1000, default: 10, description: "Length of the list" }) },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object({
      user: Type.String(),
      model: Type.String({ description: "The model that answered" }),
      events: Type.Integer({ description: "How many of the person's events were used" }),
      items: Type.Array(recommendation),
    }),
    "4xx": problemSchema,
    "5xx": problemSchema,
  },
};

/** `GET /v1/users/{id}/recommendations?n=` */
export function recommendationRoutes(app: FastifyInstance, service: Service): void {
  const typed = app.withTypeProvider<TypeBoxTypeProvider>();
  typed.get("/v1/users/:id/recommendations", { schema }, async ({ params, query }) => {
    const answer = await service.recommend(params.id, query.n);
    return { ...answer, items: answer.items.map((item) => ({ ...item, reasons: [...item.reasons] })) };
  });
}
