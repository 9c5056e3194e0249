import { type TSchema, Type } from "typebox";

/** An id of the caller: any text without NUL, which databases cannot store. */
export function idSchema(description: string): ReturnType<typeof Type.String> {
  return Type.String({ minLength: 1, maxLength: 200, pattern: "^[^\\u0000]*$", description });
}

export const problemSchema: TSchema = Type.Object(
  {
    type: Type.String({ description: "Kind of error; never changes" }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: "This one request, also in the log of the service" }),
    errors: Type.Optional(
      Type.Array(Type.Object({ where: Type.String(), expected: Type.String(), got: Type.String() })),
    ),
  },
  { title: "Problem", description: "An error (RFC 9457)" },
);
