// The OpenAPI document, made from the table of routes and the table of problems.
import { PROBLEMS, type ProblemCode } from "./protocol/problem.ts";
import { ROUTES, type Route, type Schema } from "./routes.ts";

const PROBLEM_SCHEMA: Schema = {
  type: "object",
  required: ["type", "title", "status", "code", "detail", "help"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { enum: Object.keys(PROBLEMS) },
    detail: { type: "string" },
    help: { type: "string" },
    requestId: { type: "string" },
    refusal: { type: "object" },
  },
};

/** Problems of a route, grouped by status. */
export function problemsByStatus(route: Route): ReadonlyMap<number, readonly ProblemCode[]> {
  const found = new Map<number, ProblemCode[]>();
  for (const code of new Set<ProblemCode>([...route.problems, "internal"])) {
    const { status } = PROBLEMS[code];
    found.set(status, [...(found.get(status) ?? []), code]);
  }
  return found;
}

function operationOf(route: Route): Schema {
  const { name, summary, parameters = [], body, answers } = route;
  const responses: Record<string, Schema> = {};
  for (const [status, { description, type, schema }] of Object.entries(answers)) {
    responses[status] = { description, content: { [type]: schema === undefined ? {} : { schema } } };
  }
  for (const [status, codes] of problemsByStatus(route)) {
    responses[String(status)] = {
      description: codes.map((code) => `${code}: ${PROBLEMS[code].title}`).join("; "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return {
    operationId: name,
    summary,
    ...(parameters.length === 0
      ? {}
      : { parameters: parameters.map((parameter) => ({ ...parameter, required: parameter.in === "path" })) }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: body.schema },
              "application/cbor": { schema: { type: "string", format: "binary", description: body.cbor } },
            },
          },
        }),
    responses,
  };
}

export function openapiDocument(version: string): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of ROUTES as readonly Route[]) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Writ court node",
      version,
      description:
        "Agreements executed by their own module, each step a receipt that anyone can check. See docs/protocol.md.",
    },
    paths,
    components: { schemas: { Problem: PROBLEM_SCHEMA } },
  };
}
